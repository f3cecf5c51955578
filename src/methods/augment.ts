/**
 * AUGMENT: no teacher, and the histories that were probed as further training data: what a probe's views are worth without
 * their answers. The control for a gain that is augmentation.
 *
 *   L = L_hard over the owner's histories and over every view and prefix of the signal
 *
 * A view is a history of its own: it begins at its first item, which an owner's whole history shows with all that came
 * before. A prefix has the item that follows it as its last label; what follows a whole history, or a view of it, is not
 * the owner's to know. The other control of the same budget, all probed lists at equal weight, is `uniform-kl` with
 * `views=1 viewLists=own`.
 *
 * Differs from the paper: there is none. Differs from the authors' code: there is none.
 */
import * as z from "zod";
import type { ListMethod } from "./types.ts";

export const augment: ListMethod = {
  name: "augment",
  summary: "no teacher: the owner's histories and every view and prefix that was probed, without their lists",
  signal: "lists",
  student: "sequence",
  options: z.strictObject({}),
  labelWeight: () => 1,
  plan: ({ user, view }) => ({
    queries: new Int32Array(0),
    contrast: new Map(),
    augmented: Int32Array.from(user.keys()).filter((query) => view[query] !== "full"),
    feeds: () => ({}),
  }),
  loss: () => null,
};
