/**
 * LightGCN: vectors of users and items, smoothed over the graph of who met what, nothing else.
 * He, Deng, Wang, Li, Zhang, Wang, "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation",
 * SIGIR 2020, section 3.1.
 *
 *   e_u^(l+1) = sum over i in N(u) of e_i^(l) / sqrt(|N(u)| |N(i)|), and the same with u and i exchanged     Eq. (3)
 *   e = sum_l alpha_l e^(l), alpha_l = 1 / (L + 1)                                                          Eq. (4)
 *   score(u, i) = e_u . e_i                                                                                 Eq. (5)
 *   E^(l+1) = A E^(l), A = D^(-1/2) G D^(-1/2), G the graph of users and items, D its degrees               Eq. (7)
 *   E = (alpha_0 + alpha_1 A + ... + alpha_L A^L) E^(0)                                                     Eq. (8)
 *
 * e^(0) are the weights `users` and `items`; N(u) the items of u in training, and N(i) the users of i; alpha `powers`.
 * The map of Eq. (8) is its own transpose: the weights' gradient is the map of the tables' gradient.
 *
 * Differs from the paper: weights start N(0, 0.1^2), as in the authors' code; the paper says Xavier. A user the model
 * has not seen is served from their history: the mean of its items' vectors. A pair that training holds twice is one edge.
 * Differs from the authors' code: weight decay is over all weights, as in the paper's Eq. (15), and theirs over the
 * vectors of a batch; an epoch goes once through every interaction, theirs draws as many users with replacement. Their
 * dropout of edges, off unless asked for, is left out.
 */
import * as z from "zod";
import { dotVectors } from "./dot.ts";
import { normal } from "./initial.ts";
import type { Edges, Propagation, Sizes, UserModel } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(64), // D, section 4.1.2
  layers: z.int().min(0).max(64).default(3), // L, section 4.1.2 and table 3; RCE-KD takes 4 on Gowalla
  maxLength: z.int().min(1).default(200), // of the history of an unseen user
});

export const lightgcn: UserModel<z.output<typeof options>> = {
  name: "lightgcn",
  kind: "user",
  options,
  maxLength: (o) => o.maxLength,

  parameters: ({ users, items }, { width: d }, random) => ({
    users: normal([users, d], 0.1, random.split("users")),
    items: normal([items, d], 0.1, random.split("items")),
  }),

  vectors: (w, _o, history, user) => dotVectors(w, history, user),

  propagation: (sizes, { layers }, edges) => ({
    ...normalised(sizes, edges),
    powers: new Array<number>(layers + 1).fill(1 / (layers + 1)),
  }),
};

/** @returns A: users are rows 0 to U-1, items the I rows after them; who has no edge has an empty row. */
function normalised({ users, items }: Sizes, { user, item }: Edges): Omit<Propagation, "powers"> {
  const neighbours = Array.from({ length: users + items }, () => new Set<number>());
  user.forEach((u, n) => {
    neighbours[u]!.add(users + item[n]!);
    neighbours[users + item[n]!]!.add(u);
  });
  const offsets = new Int32Array(users + items + 1);
  neighbours.forEach(({ size }, r) => (offsets[r + 1] = offsets[r]! + size));
  const columns = new Int32Array(offsets.at(-1)!);
  neighbours.forEach((row, r) => columns.set(Int32Array.from(row).sort(), offsets[r])); // in the order of memory
  const degree = (r: number) => offsets[r + 1]! - offsets[r]!;
  const values = new Float32Array(columns.length);
  for (let r = 0; r < users + items; r++)
    for (let n = offsets[r]!; n < offsets[r + 1]!; n++)
      values[n] = 1 / Math.sqrt(degree(r) * degree(columns[n]!));
  return { offsets, columns, values };
}
