/** A batch of users in parts: small enough for a core's cache, and enough of them to share among threads. */

/** Tokens of a part at most, about: what a block of width 64 makes of them fits the second-level cache. */
export const partTokens = 800;

/**
 * @param tokens of each user, roughly the work they are
 * @returns the users, the longest first, in parts of about equal work: a part's rows are as wide as its longest history,
 *   so those of one length belong together. What it returns depends on nothing else, threads least of all.
 */
export function divide(users: Int32Array, tokens: (user: number) => number, target: number): Int32Array[] {
  const work = Array.from(users, (user) => ({ user, tokens: tokens(user) }));
  const total = Math.max(
    1,
    work.reduce((sum, one) => sum + one.tokens, 0),
  );
  const count = Math.max(1, Math.round(total / target));
  work.sort((a, b) => b.tokens - a.tokens);
  const parts = Array.from({ length: count }, (): number[] => []);
  let before = 0;
  for (const { user, tokens: own } of work) {
    parts[Math.min(count - 1, Math.floor(((before + own / 2) / total) * count))]!.push(user);
    before += own;
  }
  return parts.filter((part) => part.length > 0).map((part) => Int32Array.from(part));
}
