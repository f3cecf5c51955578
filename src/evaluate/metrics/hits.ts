/** @returns how many ranks are at most k. `ranks` ascending. */
export function hits(ranks: ArrayLike<number>, k: number): number {
  let n = 0;
  while (n < ranks.length && ranks[n]! <= k) n++;
  return n;
}
