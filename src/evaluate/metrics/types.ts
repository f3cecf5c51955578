/**
 * A metric of one user. Everything it may know is where that user's targets ended up.
 * @param ranks [T] ranks of the user's distinct targets, ascending from 1; Infinity for a target that was not a
 *   candidate. Empty for a user without a target, whose value is 0.
 * @param k list length.
 */
export type UserMetric = (ranks: ArrayLike<number>, k: number) => number;

/**
 * A metric of all lists together.
 * @param recommended [I] in how many users' top-k lists each item is.
 * @param popularity [I] training interactions of each item.
 */
export type ListMetric = (recommended: ArrayLike<number>, popularity: ArrayLike<number>) => number;
