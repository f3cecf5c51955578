import type { Feed } from "../graph/index.ts";

export const int32 = (data: Int32Array, shape: readonly number[]): Feed => ({ data, shape });
export const float32 = (data: Float32Array, shape: readonly number[]): Feed => ({ data, shape });
