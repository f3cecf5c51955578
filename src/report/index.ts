export { readReportData } from "./read.ts";
export { renderReport } from "./page.ts";
export { reliabilitySchema } from "./types.ts";
export type { Reliability, ReliabilityBin, ReportData, System } from "./types.ts";
