/** The matrix of who met what, that autoencoders rebuild, by the columns of its ones. */
import { fromLists, row, rows, type Sequences } from "../dataset/index.ts";

/** @returns of each of `users` the distinct among the newest maxLength items; of others, nothing. */
export function itemsOfUsers(train: Sequences, users: Int32Array, maxLength: number): Sequences {
  const lists: Int32Array[] = Array.from({ length: rows(train) }, () => new Int32Array(0));
  for (const u of users) lists[u] = Int32Array.from(new Set(row(train, u).slice(-maxLength)));
  return fromLists(lists);
}

/** @returns of each item those of `users` who met it. @param items I */
export function usersOfItems(train: Sequences, users: Int32Array, items: number): Sequences {
  const lists = Array.from({ length: items }, (): number[] => []);
  for (const u of users) for (const item of new Set(row(train, u))) lists[item]!.push(u);
  return fromLists(lists);
}
