export { Database, identifier, literal } from "./database.ts";
export { formats, type FormatName } from "./formats.ts";
export { readInteractions, type Reading, type ReadOptions } from "./read.ts";
export { readTable, type TableRead } from "./read-table.ts";
export { openSource } from "./source.ts";
export type { Columns, Format } from "./types.ts";
