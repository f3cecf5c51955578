/**
 * EASE: a linear map from what a user has met to scores, found in closed form.
 * Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, sections 2 and 3.
 *
 *   score(u, j) = x_u . B_j                                                             Eq. (1)
 *   min |X - X B|^2 + lambda |B|^2, diag(B) = 0                                         Eq. (2), (3)
 *   P = (X^T X + lambda I)^-1, B_ij = -P_ij / P_jj off the diagonal                     Eq. (8)
 *
 * X holds 1 where a user met an item, x_u the user's row of it, made of the history; lambda is `regularisation`.
 *
 * Differs from the paper: the map is over the `most` items that most users met. Every other item has one score, 1 below
 * the least of the user's, and an item of a history that is not among them says nothing. Both memory and the time of the
 * inverse, which grows with the cube of `most`, are why.
 */
import * as z from "zod";
import { complain } from "../errors.ts";
import {
  cast,
  concat,
  expandTo,
  gather,
  gatherElements,
  matmul,
  max,
  neg,
  reshape,
  scatterElements,
  slice,
  sub,
} from "../graph/index.ts";
import { incidence, rowOf, sizesOf, type Incidence } from "./incidence.ts";
import { square } from "./invert.ts";
import { nothing, seenItems } from "./seen.ts";
import type { FittedModel } from "./types.ts";

const options = z.strictObject({
  regularisation: z.number().positive().default(500), // lambda; the paper's on ML-20M, 1000 on Netflix, 200 on MSD
  most: z.int().min(1).default(5000), // M, items of the map: at 5000 a minute or two on one core
  maxLength: z.int().min(1).default(1000), // of a history
});

/** Bytes of P and B, P in float64. */
const memoryLimit = 2 ** 31;
const bytesOf = (m: number) => 12 * m * m;

export const ease: FittedModel<z.output<typeof options>> = {
  name: "ease",
  kind: "fitted",
  options,
  maxLength: (o) => o.maxLength,

  fit({ user, item }, { users, items }, { most, regularisation }) {
    const m = Math.min(most, items);
    if (bytesOf(m) > memoryLimit) throw tooMany(m);
    const counts = sizesOf(incidence(item, user, items));
    const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
    const place = new Float32Array(items).fill(m);
    order.slice(0, m).forEach((i, n) => (place[i] = n));
    const { a: p, n, invert } = square(m);
    addGram(p, n, incidence(user, item, users), place, m);
    for (let i = 0; i < m; i++) p[i * n + i]! += regularisation;
    invert();
    const map = new Float32Array(m * m);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) map[i * m + j] = i === j ? 0 : -p[i * n + j]! / p[j * n + j]!;
    return { map: { shape: [m, m], data: map }, place: { shape: [items], data: place } };
  },

  scores(w, _o, history) {
    const b = history.shape[0]!;
    const [count, m] = [Number(w.place!.shape[0]), Number(w.map!.shape[0])];
    const { items, share } = seenItems(history, count);
    const places = cast(gather(w.place!, items), "int32"); // [B, T], M for an item outside the map
    const x = slice(scatterElements(nothing(b, m + 1), places, share), 1, 0, m); // [B, M]
    const s = matmul(x, w.map!); // [B, M]
    const below = sub(neg(max(neg(s), [1], true)), 1); // [B, 1]
    const from = expandTo(cast(reshape(w.place!, [1, count]), "int32"), [b, count]);
    return gatherElements(concat([s, below], 1), from); // [B, I]
  },
};

/** g += X^T X over the items that have a place below m.   g [n, n] */
function addGram(g: Float64Array, n: number, met: Incidence, place: Float32Array, m: number): void {
  for (let u = 0; u + 1 < met.offsets.length; u++) {
    const places = Int32Array.from(rowOf(met, u), (i) => place[i]!).filter((at) => at < m);
    for (const a of places) for (const b of places) g[a * n + b]!++;
  }
}

function tooMany(m: number): Error {
  const fits = Math.floor(Math.sqrt(memoryLimit / 12));
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  return complain("usage", {
    where: "ease option most",
    expected: `so few items that their map is made in ${gib(memoryLimit)} GiB`,
    got: `${m}, which take ${gib(bytesOf(m))} GiB`,
    fix: `Set most to at most ${fits}: the items that most users met are kept`,
  });
}
