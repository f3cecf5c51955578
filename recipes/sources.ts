/** Datasets that several recipes are about. */
import type { Source } from "./types.ts";

/** Leave-one-out; in data/ml-1m. */
export const ml1m: Source = {
  file: "ml-1m.txt",
  sha256: "b725f3acb3986fe3130bffd1e77a74d182a1f51799567a236dbd60270f95b0a2",
  import: ["data", "import", "{from}", "--format", "sasrec", "--out", "data/ml-1m"],
};

/** Leave-one-out; in data/beauty. */
export const beauty: Source = {
  file: "beauty/Beauty.txt",
  sha256: "226cce9c3105299ca0db9615d7d3fb32b3175e90da43100ae352599f0f0107b8",
  import: ["data", "import", "{from}", "--format", "s3rec", "--out", "data/beauty"],
};

/** Divided in one way by one recipe, in another by another. */
export const citeulike: Omit<Source, "import"> = {
  file: "citeulike/users.dat",
  sha256: "02d5d429b2c0362e0ed79f6ef204666b4092563d21493abf4dfb521e8a7078bf",
};
