/** The inverse of a positive definite matrix in float64, on a kernel. */
import { internal } from "../errors.ts";
import { Arena, at } from "../kernels/index.ts";

/** Rows that the kernel multiplies together. */
const tile = 4;

export interface Square {
  /** [n, n], with the identity beyond the size that was asked for; its lower half is read. */
  readonly a: Float64Array;
  readonly n: number;
  /** Puts the inverse in the matrix's place. */
  readonly invert: () => void;
}

/** @returns a matrix of zeros with room for one of size m, its sides rounded up to the kernel's tiles. */
export function square(m: number): Square {
  const n = tile * Math.ceil(m / tile);
  const arena = new Arena(2 * (n * n + n + tile * tile), 3);
  const [a, diagonal, sums] = [arena.float64(n * n), arena.float64(n), arena.float64(tile * tile)];
  for (let i = m; i < n; i++) a[i * n + i] = 1;
  const invert = () => {
    const row = arena.kernels.invert(at(a), n, at(diagonal), at(sums));
    if (row >= 0) throw internal(`invert: a matrix that is not positive definite, at row ${row}`);
  };
  return { a, n, invert };
}
