export type * from "./types.ts";
export { openBundle } from "./bundle.ts";
export { hashWeights, requireRoomFor, writeBundle, type ExportInput } from "./write.ts";
