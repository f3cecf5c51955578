/** The matrix of who met what, that autoencoders rebuild, by the columns of its ones. */
import { fromLists, row, rows, transposed, type Sequences } from "../dataset/index.ts";

/** @returns of each of `users` the distinct among the newest maxLength items; of others, nothing. */
export function itemsOfUsers(train: Sequences, users: Int32Array, maxLength: number): Sequences {
  const lists: Int32Array[] = Array.from({ length: rows(train) }, () => new Int32Array(0));
  for (const u of users) lists[u] = Int32Array.from(new Set(row(train, u).slice(-maxLength)));
  return fromLists(lists);
}

/** @returns of each item those of `users` who met it, ascending. @param items I */
export const usersOfItems = (train: Sequences, users: Int32Array, items: number): Sequences =>
  transposed(itemsOfUsers(train, users, Infinity), items);
