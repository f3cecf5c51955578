/**
 * HSTU: next-item prediction by blocks of pointwise attention with a gate; scores are cosines.
 * Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative
 * Recommendations", ICML 2024, section 3, Eq. (1) to (3), as RCE-KD runs it: items alone, no actions, no timestamps.
 *
 *   x_0 = dropout(sqrt(D) E[item] + P[position])
 *   u, v, q, k = split(silu(norm(x) W_uvqk))                                        Eq. (1)
 *   a = sum over j up to the token of silu(q . k_j) v_j / n                         Eq. (2), per head, causal
 *   x' = x + dropout(norm(a) * u) W_o + b_o                                         Eq. (3)
 *   score(item) = cos(x_L, E[item])            logit of a loss = score / tau
 *
 *   D width   u, v [heads * valueWidth]   q, k [heads * keyWidth]   n = maxLength + 10   tau cosineTemperature
 *   norm layer normalisation without gain and bias, epsilon 1e-6   silu(x) = x sigmoid(x)
 *
 * Differs from the paper: Eq. (2) has a relative bias of positions and times and no 1/n; here are learned positions at
 * the input and 1/n, as in the authors' code without timestamps.
 * Differs from the authors' code (meta-recsys/generative-recommenders; woriazzc/RCEKD, a copy whose settings are the
 * defaults): their ten positions for outputs, which
 * never learn, remain in n alone (eleven in the original); first values are RCE-KD's, Xavier where the original takes
 * N(0, 0.02^2) for items; lengths are sqrt(|x|^2 + 1e-12), theirs max(|x|, 1e-6). Embeddings and linear layers have rates
 * of dropout of their own there, both .5 on CiteULike and Gowalla: one option here. Their loss draws negatives for each
 * position and does not correct for their number: loss "sampled" shares them, see positionsPerDraw and negativesStandFor.
 */
import * as z from "zod";
import {
  add,
  constant,
  layerNorm,
  less,
  matmul,
  mul,
  silu,
  slice,
  unit,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import { historyTokens } from "./history.ts";
import { normal, uniform } from "./initial.ts";
import { embedTokens, joinHeads, newestOf, noDropout, splitHeads } from "./tokens.ts";
import type { Dropout, Leaves, Parameters, SequenceModel } from "./types.ts";

/** CiteULike's teacher in RCE-KD; its student has 1 block and 2 heads. */
const options = z.strictObject({
  width: z.int().min(1).default(64), // D
  blocks: z.int().min(1).max(64).default(8),
  heads: z.int().min(1).default(4),
  keyWidth: z.int().min(1).default(8), // d_qk of a head
  valueWidth: z.int().min(1).default(16), // d_v of a head
  maxLength: z.int().min(1).default(100),
  dropout: z.number().min(0).max(0.9).default(0.5), // of embeddings and of what enters W_o
  cosineTemperature: z.number().positive().default(0.05), // tau; methods have temperatures of their own
});
type Options = z.output<typeof options>;

const room = 10; // RCE-KD's max_output_len
const epsilon = 1e-6; // attention starts so small that this, and n, count: the norm does not undo them

export const hstu: SequenceModel<Options> = {
  name: "hstu",
  kind: "sequence",
  options,
  maxLength: (o) => o.maxLength,

  parameters({ items }, o, random) {
    const { width: d, blocks, heads, valueWidth, maxLength } = o;
    const inner = heads * valueWidth;
    const xavier = (rows: number) => Math.sqrt(2 / (rows + d));
    const weights: Record<string, Parameters[string]> = {
      items: normal([items, d], xavier(items), random.split("items")),
      positions: normal([maxLength, d], xavier(maxLength + room), random.split("positions")),
    };
    for (let l = 0; l < blocks; l++) {
      weights[`wuvqk.${l}`] = normal([d, columns(o).k[1]], 0.02, random.split("wuvqk", l));
      weights[`wo.${l}`] = uniform([inner, d], Math.sqrt(6 / (inner + d)), random.split("wo", l)); // Xavier
      weights[`bo.${l}`] = uniform([d], Math.sqrt(1 / inner), random.split("bo", l)); // PyTorch's Linear
    }
    return weights;
  },

  encode(w, o, { items, positions, mask }, dropout) {
    const [r, t] = items.shape as [Dim, Dim];
    const seen = shareOf(mask, o); // [R, 1, T, T]
    let x = embedTokens(w, o.width, items, positions, dropout); // [R*T, D]
    for (let l = 0; l < o.blocks; l++) x = block(w, o, l, x, x, seen, [r, t, t], dropout);
    return unit(x);
  },

  itemVectors: (rows) => unit(rows),
  temperature: (o) => o.cosineTemperature,

  vectors(w, o, history) {
    const [b, t] = history.shape as [Dim, Dim];
    const { items, positions, mask, lastMask } = historyTokens(history);
    const seen = shareOf(mask, o); // [B, 1, T, T]
    let x = embedTokens(w, o.width, items, positions, noDropout); // [B*T, D]
    for (let l = 0; l < o.blocks - 1; l++) x = block(w, o, l, x, x, seen, [b, t, t], noDropout);
    const newest = newestOf(x, b, t); // the last block answers for the newest token alone   [B, D]
    x = block(w, o, o.blocks - 1, newest, x, shareOf(lastMask, o), [b, 1, t], noDropout); // [B, D]
    return { users: unit(x), items: unit(w.items!) };
  },
};

/** Where u, v, q and k stand among the columns of W_uvqk. */
function columns({ heads, keyWidth, valueWidth }: Options) {
  const [v, k] = [heads * valueWidth, heads * keyWidth];
  const part = (start: number, end: number) => [start, end] as const;
  return { u: part(0, v), v: part(v, 2 * v), q: part(2 * v, 2 * v + k), k: part(2 * v + k, 2 * v + 2 * k) };
}

/** 1/n where a token may look, 0 elsewhere: a product hides exactly, whatever silu makes of -1e9. */
const shareOf = (mask: Tensor, { maxLength }: Options) => where(less(mask, -1), 0, 1 / (maxLength + room));

/** Layer norm without gain and bias. */
function norm(x: Tensor): Tensor {
  const d = Number(x.shape.at(-1));
  const all = (value: number) => constant(Array<number>(d).fill(value), [d]);
  return layerNorm(x, all(1), all(0), epsilon);
}

/** One block: tokens `x` [R*Tq, D] attend to `keys` [R*Tk, D] of their row, as far as `seen` [R, 1, Tq, Tk] lets them. */
function block(
  w: Leaves,
  o: Options,
  l: number,
  x: Tensor,
  keys: Tensor,
  seen: Tensor,
  [r, tq, tk]: readonly [Dim, Dim, Dim],
  dropout: Dropout,
): Tensor {
  const { heads: h, keyWidth, valueWidth } = o;
  const normed = norm(x);
  const normedKeys = keys === x ? normed : norm(keys);
  // parts of the weight, not of the product: slices of a product cost a pass each, 9 % of a step
  const part = (name: "u" | "v" | "q" | "k", from: Tensor) =>
    silu(matmul(from, slice(w[`wuvqk.${l}`]!, 1, ...columns(o)[name])));
  const q = splitHeads(part("q", normed), r, tq, h, keyWidth); // [R, H, Tq, Dk]
  const k = splitHeads(part("k", normedKeys), r, tk, h, keyWidth); // [R, H, Tk, Dk]
  const v = splitHeads(part("v", normedKeys), r, tk, h, valueWidth); // [R, H, Tk, Dv]
  const a = mul(silu(matmul(q, k, { transB: true })), seen); // [R, H, Tq, Tk]
  const mixed = joinHeads(matmul(a, v), r, tq, h, valueWidth); // [R*Tq, H*Dv]
  const gated = dropout(mul(norm(mixed), part("u", normed))); // [R*Tq, H*Dv]
  return add(x, add(matmul(gated, w[`wo.${l}`]!), w[`bo.${l}`]!)); // [R*Tq, D]
}
