export type * from "./types.ts";
export { openListSignal, writeListSignal, type ListProvenance } from "./lists.ts";
export {
  checkFactors,
  openFactorSignal,
  writeFactorSignal,
  type FactorManifest,
  type Factors,
  type FactorSignal,
  type Vectors,
} from "./factors.ts";
