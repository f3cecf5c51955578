/**
 * SASRec: next-item prediction by causal self-attention over a user's history.
 * Kang, McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018, sections III-A to III-E.
 *
 *   x_0 = dropout(sqrt(D) E[item] + P[position])                                    E tied with the output, Eq. (2)
 *   q = LN(x); a = q + W_o Attention(q W_q, x W_k, x W_v)                           causal, Eq. (3), (4)
 *   x' = LN(a) + dropout(relu(LN(a) W_1 + b_1)) W_2 + b_2                           Eq. (5), (6)
 *   score(item) = LN(x_L) . E[item]                                                 Eq. (7)
 *
 * Differs from the paper: the residual adds the normalised input, as the authors' code does.
 * Differs from the authors' code: positions count from the oldest item, as in SASRec+, so that a prefix of a history has
 * the positions it would have alone; dropout masks of attention are the only ones on probabilities; weights start
 * N(0, 0.02); histories of different users share a row of a batch, kept apart by the mask.
 */
import * as z from "zod";
import { add, layerNorm, matmul, relu, softmax, type Dim, type Tensor } from "../graph/index.ts";
import { historyTokens } from "./history.ts";
import { normal, ones, zeros } from "./initial.ts";
import { dividedBy, embedTokens, joinHeads, newestOf, noDropout, splitHeads } from "./tokens.ts";
import type { Dropout, Leaves, Parameters, SequenceModel } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(64), // D; 50 in the paper, 64 in RecTools and SASRec+
  blocks: z.int().min(1).max(64).default(2), // section III-E
  heads: z.int().min(1).default(1), // section III-B
  maxLength: z.int().min(1).default(200), // T on ML-1M, section IV-C
  dropout: z.number().min(0).max(0.9).default(0.1), // SASRec+ on ML-1M; 0.2 in the paper
});
type Options = z.output<typeof options>;

export const sasrec: SequenceModel<Options> = {
  name: "sasrec",
  kind: "sequence",
  options,
  maxLength: (o) => o.maxLength,

  parameters({ items }, { width: d, blocks, maxLength }, random) {
    const weights: Record<string, Parameters[string]> = {
      items: normal([items, d], 0.02, random.split("items")),
      positions: normal([maxLength, d], 0.02, random.split("positions")),
    };
    for (let l = 0; l < blocks; l++) {
      for (const name of ["q", "k", "v", "o", "1", "2"]) {
        weights[`w${name}.${l}`] = normal([d, d], Math.sqrt(1 / d), random.split("w", name, l)); // Xavier
        weights[`b${name}.${l}`] = zeros([d]);
      }
      for (const name of ["attention", "feed"]) Object.assign(weights, normPair(`${name}.${l}`, d));
    }
    return { ...weights, ...normPair("final", d) };
  },

  encode(w, o, tokens, dropout) {
    let x = embedTokens(w, o.width, tokens.items, tokens.positions, dropout); // [R*T, D]
    const [r, t] = tokens.items.shape as [Dim, Dim];
    for (let l = 0; l < o.blocks; l++) x = block(w, o, l, x, x, tokens.mask, [r, t, t], dropout);
    return layerNorm(x, w["gain.final"]!, w["bias.final"]!);
  },

  vectors(w, o, history) {
    const [b, t] = history.shape as [Dim, Dim];
    const { items, positions, mask, lastMask } = historyTokens(history);
    let x = embedTokens(w, o.width, items, positions, noDropout); // [B*T, D]
    for (let l = 0; l < o.blocks - 1; l++) x = block(w, o, l, x, x, mask, [b, t, t], noDropout);
    const newest = newestOf(x, b, t); // the last block answers for the newest token alone   [B, D]
    x = block(w, o, o.blocks - 1, newest, x, lastMask, [b, 1, t], noDropout); // [B, D]
    return { users: layerNorm(x, w["gain.final"]!, w["bias.final"]!), items: w.items! };
  },
};

const normPair = (name: string, d: number) => ({ [`gain.${name}`]: ones([d]), [`bias.${name}`]: zeros([d]) });

const linear = (w: Leaves, name: string, x: Tensor) => add(matmul(x, w[`w${name}`]!), w[`b${name}`]!);

/** One block: tokens `x` [R*Tq, D] attend to `keys` [R*Tk, D] of their row. */
function block(
  w: Leaves,
  o: Options,
  l: number,
  x: Tensor,
  keys: Tensor,
  mask: Tensor,
  [r, tq, tk]: readonly [Dim, Dim, Dim],
  dropout: Dropout,
): Tensor {
  const h = o.heads;
  const d = dividedBy(h, o.width, "sasrec");
  const q = layerNorm(x, w[`gain.attention.${l}`]!, w[`bias.attention.${l}`]!);
  const head = (name: string, from: Tensor, t: Dim) =>
    splitHeads(linear(w, `${name}.${l}`, from), r, t, h, d / h);
  const [qh, kh, vh] = [head("q", q, tq), head("k", keys, tk), head("v", keys, tk)]; // [R, H, T, D/H]
  const logits = add(matmul(qh, kh, { transB: true, alpha: 1 / Math.sqrt(d / h) }), mask); // [R, H, Tq, Tk]
  const mixed = matmul(dropout(softmax(logits)), vh); // [R, H, Tq, D/H]
  const a = add(q, linear(w, `o.${l}`, joinHeads(mixed, r, tq, h, d / h))); // [R*Tq, D]
  const n = layerNorm(a, w[`gain.feed.${l}`]!, w[`bias.feed.${l}`]!);
  const inner = dropout(relu(linear(w, `1.${l}`, n)));
  return add(n, dropout(linear(w, `2.${l}`, inner)));
}
