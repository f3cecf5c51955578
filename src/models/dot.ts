/** What models score with that hold a row per user and per item. */
import {
  add,
  cast,
  div,
  gather,
  less,
  mul,
  reshape,
  sum,
  where,
  type Dim,
  type Tensor,
} from "../graph/index.ts";
import type { Leaves, ScoringVectors } from "./types.ts";

/** The rows as they are. */
export const dotVectors = (w: Leaves, history: Tensor, user: Tensor): ScoringVectors => ({
  users: userRow(w, history, user),
  items: w.items!,
});

/**
 * A user the model has not seen is served from their history: the mean of its items' rows takes the user's place.
 * @param history [B, T] int32, padded with -1 @param user [B] int32, -1 for an unknown user
 * @returns [B, D]
 */
export function userRow(w: Leaves, history: Tensor, user: Tensor): Tensor {
  const [b, d] = [user.shape[0]!, w.items!.shape[1]!];
  const ids = cast(history, "float32"); // [B, T]
  const absent = less(ids, 0);
  const present = where(absent, 0, 1);
  const vectors = gather(w.items!, cast(where(absent, 0, ids), "int32")); // [B, T, D]
  const count = add(sum(present, [1], true), 1e-6); // [B, 1]
  const folded = div(sum(mul(vectors, reshape(present, [...history.shape, 1])), [1]), count); // [B, D]
  const index = cast(user, "float32"); // [B]
  const unknown = less(index, 0);
  const known = gather(w.users!, cast(where(unknown, 0, index), "int32")); // [B, D]
  const vector = where(reshape(unknown, [b, 1] as readonly Dim[]), folded, known);
  return reshape(vector, [b, d]);
}
