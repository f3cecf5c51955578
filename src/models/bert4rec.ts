/**
 * BERT4Rec: hidden items of a history are predicted from both sides by bidirectional self-attention.
 * Sun, Liu, Wu, Pei, Lin, Ou, Jiang, "BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from
 * Transformer", CIKM 2019, sections 3.2 to 3.6.
 *
 *   x_0 = dropout(LN(E[item] + P[position]))              E tied with the output; a row of its own, `gap`, where hidden
 *   a = LN(x + dropout(W_o Attention(x W_q, x W_k, x W_v)))                     both sides, Eq. (1), (2)
 *   x' = LN(a + dropout(GELU(a W_1 + b_1) W_2 + b_2))                           Eq. (3), (4); W_1 to 4 D
 *   score(item) = LN(GELU(x_L W_p + b_p)) . E[item]                             Eq. (7)
 *   loss: cross-entropy at the hidden items alone                               Eq. (8)
 *
 * In an epoch max(1, round(maskProbability n)) of the n items of a history are hidden, all by the same token; of a share
 * `lastProbability` of the histories it is the newest item alone. The next item is asked for by a gap after the newest
 * item, at the position the next item would have: positions count from the oldest item.
 *
 * Differs from the paper: no bias of items in Eq. (7), so that scores are dot products; layer norms after the embedding
 * and in the head, as in the authors' code; embeddings start N(0, 0.02^2), not cut off at two deviations, linear maps of n
 * inputs N(0, 1/n), not 0.02 for all: on small data that learned more in fewer steps.
 * Differs from the authors' code (FeiSun/BERT4Rec): hidden places are drawn in every epoch, where that code writes ten
 * copies of the data once, and one with the newest item hidden; a history longer than maxLength + 1 is its newest part,
 * where that code slides a window; a history of maxLength items is asked with a gap beside it, so that there are
 * maxLength + 1 positions; Adam as everywhere here, without the decay of 0.01 and the learning rate that falls to 0.
 */
import * as z from "zod";
import {
  add,
  cast,
  gather,
  gelu,
  layerNorm,
  less,
  matmul,
  product,
  reshape,
  softmax,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import { historyBeforeGap } from "./history.ts";
import { normal, ones, zeros } from "./initial.ts";
import { dividedBy, joinHeads, newestOf, noDropout, splitHeads } from "./tokens.ts";
import type { Dropout, Leaves, PackedTokens, Parameters, SequenceModel } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(64), // D, section 4.3 and the authors' files for ML-1M, as all below
  blocks: z.int().min(1).max(64).default(2),
  heads: z.int().min(1).default(2),
  maxLength: z.int().min(1).default(200), // 50 on Beauty
  dropout: z.number().min(0).max(0.9).default(0.2), // hidden and attention alike; on Beauty 0.5 and 0.2
  maskProbability: z.number().min(0).max(1).default(0.2), // rho, section 4.3; 0.6 on Beauty
  lastProbability: z.number().min(0).max(1).default(0.1), // 1 copy of 11 in the authors' code
});
type Options = z.output<typeof options>;

export const bert4rec: SequenceModel<Options> = {
  name: "bert4rec",
  kind: "sequence",
  options,
  maxLength: (o) => o.maxLength,
  cloze: (o) => ({ hidden: o.maskProbability, newestAlone: o.lastProbability }),

  parameters({ items }, { width: d, blocks, maxLength }, random) {
    const weights: Record<string, Parameters[string]> = {
      items: normal([items, d], 0.02, random.split("items")),
      gap: normal([d], 0.02, random.split("gap")),
      positions: normal([maxLength + 1, d], 0.02, random.split("positions")),
      ...normPair("embedding", d),
    };
    const linearPair = (name: string, from: number, to: number) => {
      weights[`w${name}`] = normal([from, to], Math.sqrt(1 / from), random.split("w", name));
      weights[`b${name}`] = zeros([to]);
    };
    for (let l = 0; l < blocks; l++) {
      for (const name of ["q", "k", "v", "o"]) linearPair(`${name}.${l}`, d, d);
      linearPair(`1.${l}`, d, 4 * d);
      linearPair(`2.${l}`, 4 * d, d);
      Object.assign(weights, normPair(`attention.${l}`, d), normPair(`feed.${l}`, d));
    }
    linearPair("head", d, d);
    return { ...weights, ...normPair("head", d) };
  },

  encode(w, o, tokens, dropout) {
    const [r, t] = tokens.items.shape as [Dim, Dim];
    let x = embed(w, o, tokens, dropout); // [R*T, D]
    for (let l = 0; l < o.blocks; l++) x = block(w, o, l, x, x, tokens.mask, [r, t, t], dropout);
    return head(w, x);
  },

  vectors(w, o, history) {
    const tokens = historyBeforeGap(history);
    const [b, t] = tokens.items.shape as [Dim, Dim];
    let x = embed(w, o, tokens, noDropout); // [B*T, D]
    for (let l = 0; l < o.blocks - 1; l++) x = block(w, o, l, x, x, tokens.mask, [b, t, t], noDropout);
    const last = newestOf(x, b, t); // the last block answers for the gap alone   [B, D]
    x = block(w, o, o.blocks - 1, last, x, tokens.mask, [b, 1, t], noDropout); // [B, D]
    return { users: head(w, x), items: w.items! };
  },
};

const normPair = (name: string, d: number) => ({ [`gain.${name}`]: ones([d]), [`bias.${name}`]: zeros([d]) });

const norm = (w: Leaves, name: string, x: Tensor) => layerNorm(x, w[`gain.${name}`]!, w[`bias.${name}`]!);

const linear = (w: Leaves, name: string, x: Tensor) => add(matmul(x, w[`w${name}`]!), w[`b${name}`]!);

const head = (w: Leaves, x: Tensor) => norm(w, "head", gelu(linear(w, "head", x)));

/** @returns [R*T, D] */
function embed(w: Leaves, { width: d }: Options, { items, positions }: PackedTokens, dropout: Dropout) {
  const ids = cast(items, "float32"); // [R, T]
  const hidden = less(ids, 0);
  const known = gather(w.items!, cast(where(hidden, 0, ids), "int32")); // [R, T, D]
  const token = where(reshape(hidden, [...items.shape, 1]), w.gap!, known); // [R, T, D]
  const x = reshape(add(token, gather(w.positions!, positions)), [product(items.shape), d]);
  return dropout(norm(w, "embedding", x));
}

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
  const d = dividedBy(h, o.width, "bert4rec");
  const parts = (name: string, from: Tensor, t: Dim) =>
    splitHeads(linear(w, `${name}.${l}`, from), r, t, h, d / h);
  const [q, k, v] = [parts("q", x, tq), parts("k", keys, tk), parts("v", keys, tk)]; // [R, H, T, D/H]
  const logits = add(matmul(q, k, { transB: true, alpha: 1 / Math.sqrt(d / h) }), mask); // [R, H, Tq, Tk]
  const mixed = joinHeads(matmul(dropout(softmax(logits)), v), r, tq, h, d / h); // [R*Tq, D]
  const a = norm(w, `attention.${l}`, add(x, dropout(linear(w, `o.${l}`, mixed))));
  const inner = gelu(linear(w, `1.${l}`, a)); // [R*Tq, 4*D]
  return norm(w, `feed.${l}`, add(a, dropout(linear(w, `2.${l}`, inner))));
}
