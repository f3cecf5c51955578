import { bahsd } from "../../../src/methods/index.ts";
import { methodContract } from "../../contracts/method-contract.ts";

methodContract(bahsd, [
  {},
  { mode: "brief", gate: "soft" },
  { mode: "brief", threshold: 1, contrast: 0 },
  { labels: 0, rank: 0, threshold: 0 },
]);
