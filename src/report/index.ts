export { readReportData } from "./read.ts";
export { renderReport } from "./page.ts";
export { notEvaluated } from "./accuracy.ts";
export { reliabilitySchema } from "./types.ts";
export type { Reliability, ReportData, System } from "./types.ts";
