/**
 * CDAE: a denoising autoencoder of the set of a user's items, with a vector for the user.
 * Wu, DuBois, Zheng, Ester, "Collaborative Denoising Auto-Encoders for Top-N Recommender Systems", WSDM 2016, section 3.
 *
 *   z = sigmoid(x~ V + U[u] + c), x~ = dropout(x)                x in {0, 1}^I, the items of user u
 *   score(i) = z . W[i] + b[i]
 *   loss = mean over users of sum over i of -y_i log sigmoid(score(i)) - (1 - y_i) log(1 - sigmoid(score(i)))
 *
 * i runs over the user's items, y_i = 1, and over `negatives` times as many that the user has not met, drawn anew in every
 * epoch. V `encoder`, U `users`, c `b1`; W beside b `items`. A user the model has not seen has U[u] = 0.
 *
 * Differs from the paper: of the losses it compares, the logistic one; Adam in place of AdaGrad and one user at a time; decay
 * of weights is the optimiser's; of a long history the newest `maxLength` items are read.
 */
import * as z from "zod";
import { add, cast, gather, less, reshape, sigmoid, where, type Tensor } from "../graph/index.ts";
import { biased, xavier, zeros } from "./initial.ts";
import { itemSets, productOf, withOne } from "./sparse-rows.ts";
import type { Autoencoder, Leaves, Noise, SparseRows } from "./types.ts";

const options = z.strictObject({
  width: z.int().min(1).default(60), // D; RS_Implicit_Feedback_PyTorch, by authors of HetComp
  maxLength: z.int().min(1).default(200),
  dropout: z.number().min(0).max(0.9).default(0.2), // of x; the same
  negatives: z.int().min(1).default(5), // for each item; the same
});

export const cdae: Autoencoder<z.output<typeof options>> = {
  name: "cdae",
  kind: "autoencoder",
  options,
  maxLength: (o) => o.maxLength,

  parameters: ({ users, items }, { width: d }, random) => ({
    encoder: xavier([items, d], random.split("encoder")),
    users: xavier([users, d], random.split("users")),
    b1: zeros([d]),
    items: biased(xavier([items, d], random.split("items"))),
  }),

  encode: (w, _o, rows, noise) => ({ vectors: hidden(w, rows, noise) }),
  objective: ({ negatives }) => ({ loss: "bce", negatives }),

  vectors(w, _o, history, user) {
    const sets = itemSets(history, user, Number(w.items!.shape[0]));
    return { users: hidden(w, sets), items: w.items! };
  },
};

/** [B, D+1] */
function hidden(w: Leaves, rows: SparseRows, noise?: Noise): Tensor {
  const index = cast(rows.index, "float32"); // [B]
  const unknown = less(index, 0);
  const user = gather(w.users!, cast(where(unknown, 0, index), "int32")); // [B, D]
  const own = where(reshape(unknown, [rows.index.shape[0]!, 1]), 0, user);
  const x = noise?.dropout(rows.present) ?? rows.present; // [B, T]
  return withOne(sigmoid(add(add(productOf(rows, x, w.encoder!), own), w.b1!)));
}
