/**
 * NONE: no teacher; the student learns from its owner's histories alone, in the same batches as every other method.
 *
 *   L = L_hard, the next-item cross-entropy over the whole catalogue
 */
import * as z from "zod";
import type { ListMethod } from "./types.ts";

export const none: ListMethod = {
  name: "none",
  summary: "no teacher: the owner's histories alone",
  signal: "lists",
  student: "sequence",
  options: z.strictObject({}),
  labelWeight: () => 1,
  plan: () => ({ queries: new Int32Array(0), contrast: new Map(), feeds: () => ({}) }),
  loss: () => null,
};
