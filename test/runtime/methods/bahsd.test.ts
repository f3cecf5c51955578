import { bahsd } from "../../../src/methods/index.ts";
import { methodContract } from "../../contracts/method-contract.ts";

methodContract(bahsd, [
  { mode: "brief" },
  {},
  { mode: "brief", gate: "soft" },
  { mode: "brief", threshold: 1, contrast: 0 }, // nothing but doubtful lists
  { mode: "brief", threshold: 0, rank: 0, labels: 0 }, // none
]);
