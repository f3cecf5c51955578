/**
 * GRU4Rec: next-item prediction by gated recurrent units that read a history step by step.
 * Hidasi, Karatzoglou, Baltrunas, Tikk, "Session-based Recommendations with Recurrent Neural Networks", ICLR 2016,
 * section 3, with a history for a session. The unit is that of Cho et al., EMNLP 2014.
 *
 *   x_t = dropout(E[item_t])                                              E tied with the output
 *   r, z = sigmoid(x_t W + b + h_(t-1) U), per gate                       Eq. (2), (4)
 *   n = tanh(x_t W_n + b_n + r * (h_(t-1) U_n))                           Eq. (3), h_0 = 0
 *   h_t = (1 - z) n + z h_(t-1)                                           Eq. (1), with z and 1 - z exchanged
 *   score(item) = (h_t W_o + b_o) . E[item]
 *
 * Of several layers, each reads the states of the one below, through dropout.
 *
 * Differs from the paper: the reset gate acts after the product with U_n, as in PyTorch's GRU and cuDNN (before it in the
 * paper), so that a step is one product; inputs are embeddings, tied with the output (one-hot and separate there); a batch
 * is whole histories, not sessions in parallel; losses are those of `sasrec` (top1 and BPR over a batch's items there).
 * As RecBole's GRU4Rec: dropout of the inputs, a linear map from states to the width of items, and the defaults.
 */
import * as z from "zod";
import {
  add,
  cast,
  gather,
  gru,
  iota,
  less,
  matmul,
  max,
  product,
  reshape,
  transpose,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import { historyTokens } from "./history.ts";
import { normal, uniform, zeros } from "./initial.ts";
import { noDropout } from "./tokens.ts";
import type { Dropout, Leaves, Parameters, SequenceModel } from "./types.ts";

/** RecBole's, but maxLength. */
const options = z.strictObject({
  width: z.int().min(1).default(64), // D
  hidden: z.int().min(1).default(128), // of a state
  layers: z.int().min(1).max(64).default(1),
  maxLength: z.int().min(1).default(50), // RecBole's MAX_ITEM_LIST_LENGTH
  dropout: z.number().min(0).max(0.9).default(0.3), // of the inputs
});
type Options = z.output<typeof options>;

export const gru4rec: SequenceModel<Options> = {
  name: "gru4rec",
  kind: "sequence",
  options,
  maxLength: (o) => o.maxLength,

  parameters({ items }, { width: d, hidden, layers }, random) {
    const weights: Record<string, Parameters[string]> = {
      items: normal([items, d], 0.02, random.split("items")),
      wo: normal([hidden, d], Math.sqrt(1 / hidden), random.split("wo")),
      bo: zeros([d]),
    };
    const bound = Math.sqrt(1 / hidden); // PyTorch's GRU
    for (let l = 0; l < layers; l++) {
      weights[`wx.${l}`] = uniform([l === 0 ? d : hidden, 3 * hidden], bound, random.split("wx", l));
      weights[`bx.${l}`] = zeros([3 * hidden]);
      weights[`wh.${l}`] = uniform([hidden, 3 * hidden], bound, random.split("wh", l));
    }
    return weights;
  },

  encode(w, o, { items, positions }, dropout) {
    const states = transpose(run(w, o, items, positions, dropout), [1, 0, 2]); // [R, T, H]
    return output(w, reshape(states, [product(items.shape), o.hidden]));
  },

  vectors(w, o, history) {
    const { items, positions } = historyTokens(history);
    const states = run(w, o, items, positions, noDropout); // [T, B, H]
    const last = cast(max(iota(states.shape[0]!)), "int32"); // T - 1
    return { users: output(w, gather(states, last)), items: w.items! };
  },
};

const output = (w: Leaves, states: Tensor) => add(matmul(states, w.wo!), w.bo!); // [.., D]

/** @returns the states of the last layer [T, R, H]; the state begins anew where a history does.   items, positions [R, T] */
function run(w: Leaves, o: Options, items: Tensor, positions: Tensor, dropout: Dropout): Tensor {
  const [r, t] = items.shape as [Dim, Dim];
  const goesOn = cast(less(0.5, cast(positions, "float32")), "int32"); // [R, T]
  const kept = reshape(transpose(goesOn, [1, 0]), [t, r, 1]);
  let x = gather(w.items!, transpose(items, [1, 0])); // [T, R, D]
  for (let l = 0; l < o.layers; l++) {
    const flat = reshape(x, [product([t, r]), x.shape[2]!]); // one product for all tokens
    const given = add(matmul(dropout(flat), w[`wx.${l}`]!), w[`bx.${l}`]!); // [T*R, 3*H]
    x = gru(reshape(given, [t, r, 3 * o.hidden]), kept, w[`wh.${l}`]!); // [T, R, H]
  }
  return x;
}
