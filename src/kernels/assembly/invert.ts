/**
 * The inverse of a positive definite matrix in float64, in its own memory. A = L L^T, V = L^-T, A^-1 = V V^T: all sums are
 * dot products of rows. L lies below the diagonal, V above it, and A^-1 takes the place of L. Rows are multiplied in tiles
 * of 4 by 4, whose sums stay in registers.
 */

const tile = 4;

function element(a: usize, n: i32, i: i32, j: i32): usize {
  return a + ((<usize>i * <usize>n + <usize>j) << 3);
}

/** The dot product of rows i and j over a few columns. */
function dot(a: usize, n: i32, i: i32, j: i32, from: i32, to: i32): f64 {
  let sum: f64 = 0;
  for (let k = from; k < to; k++) sum += load<f64>(element(a, n, i, k)) * load<f64>(element(a, n, j, k));
  return sum;
}

function store2(sum: v128, to: usize): void {
  store<f64>(to, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/** sums[4 r + c] = row i + r times row j + c, c below 2, over columns. */
function halfTile(a: usize, n: i32, i: i32, j: i32, from: i32, to: i32, sums: usize): void {
  const row = (<usize>n) << 3;
  const x0 = element(a, n, i, 0);
  const y0 = element(a, n, j, 0);
  const x1 = x0 + row;
  const x2 = x1 + row;
  const x3 = x2 + row;
  const y1 = y0 + row;
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  const end = (<usize>to) << 3;
  for (let at = (<usize>from) << 3; at < end; at += 16) {
    const u = v128.load(y0 + at);
    const v = v128.load(y1 + at);
    let x = v128.load(x0 + at);
    s00 = f64x2.add(s00, f64x2.mul(x, u));
    s01 = f64x2.add(s01, f64x2.mul(x, v));
    x = v128.load(x1 + at);
    s10 = f64x2.add(s10, f64x2.mul(x, u));
    s11 = f64x2.add(s11, f64x2.mul(x, v));
    x = v128.load(x2 + at);
    s20 = f64x2.add(s20, f64x2.mul(x, u));
    s21 = f64x2.add(s21, f64x2.mul(x, v));
    x = v128.load(x3 + at);
    s30 = f64x2.add(s30, f64x2.mul(x, u));
    s31 = f64x2.add(s31, f64x2.mul(x, v));
  }
  store2(s00, sums);
  store2(s01, sums + 8);
  store2(s10, sums + 32);
  store2(s11, sums + 40);
  store2(s20, sums + 64);
  store2(s21, sums + 72);
  store2(s30, sums + 96);
  store2(s31, sums + 104);
}

function tileDots(a: usize, n: i32, i: i32, j: i32, from: i32, to: i32, sums: usize): void {
  halfTile(a, n, i, j, from, to, sums);
  halfTile(a, n, i, j + 2, from, to, sums + 16);
}

function sumOf(sums: usize, r: i32, c: i32): f64 {
  return load<f64>(sums + ((<usize>(tile * r + c)) << 3));
}

/** Writes L below the diagonal, and its diagonal. @returns the row at which A is not positive definite, -1 for none */
function factor(a: usize, n: i32, diagonal: usize, sums: usize): i32 {
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile) {
      tileDots(a, n, i0, j0, 0, j0, sums);
      for (let r = 0; r < tile; r++)
        for (let c = 0; c < tile; c++) {
          const i = i0 + r;
          const j = j0 + c;
          if (j > i) break;
          const to = element(a, n, i, j);
          const s = load<f64>(to) - sumOf(sums, r, c) - dot(a, n, i, j, j0, j);
          if (j < i) store<f64>(to, s / load<f64>(diagonal + ((<usize>j) << 3)));
          else if (s > 0) store<f64>(diagonal + ((<usize>i) << 3), Math.sqrt(s));
          else return i;
        }
    }
  return -1;
}

/** Writes V above the diagonal and on it. */
function invertFactor(a: usize, n: i32, diagonal: usize, sums: usize): void {
  for (let i = 0; i < n; i++) store<f64>(element(a, n, i, i), 1 / load<f64>(diagonal + ((<usize>i) << 3)));
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile) {
      const end = min(i0, j0 + tile);
      tileDots(a, n, i0, j0, end, i0, sums);
      for (let r = 0; r < tile; r++)
        for (let c = 0; c < tile; c++) {
          const i = i0 + r;
          const j = j0 + c;
          if (j >= i) break;
          const before = dot(a, n, i, j, j, end) + sumOf(sums, r, c);
          const s = before + dot(a, n, i, j, max(i0, j), i);
          store<f64>(element(a, n, j, i), -s / load<f64>(diagonal + ((<usize>i) << 3)));
        }
    }
}

/** Writes V V^T over all of the matrix. */
function square(a: usize, n: i32, diagonal: usize, sums: usize): void {
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile) {
      tileDots(a, n, i0, j0, i0 + tile, n, sums);
      for (let r = 0; r < tile; r++)
        for (let c = 0; c < tile; c++) {
          const i = i0 + r;
          const j = j0 + c;
          if (j > i) break;
          const s = sumOf(sums, r, c) + dot(a, n, i, j, i, i0 + tile);
          store<f64>(i === j ? diagonal + ((<usize>i) << 3) : element(a, n, i, j), s);
        }
    }
  for (let i = 0; i < n; i++) {
    store<f64>(element(a, n, i, i), load<f64>(diagonal + ((<usize>i) << 3)));
    for (let j = 0; j < i; j++) store<f64>(element(a, n, j, i), load<f64>(element(a, n, i, j)));
  }
}

/**
 * @param a [n, n] f64, n a multiple of 4; symmetric, its lower half is read @param diagonal [n] f64 of scratch
 * @param sums [16] f64 of scratch @returns the row at which `a` is not positive definite, -1 for none
 */
export function invert(a: usize, n: i32, diagonal: usize, sums: usize): i32 {
  const failed = factor(a, n, diagonal, sums);
  if (failed >= 0) return failed;
  invertFactor(a, n, diagonal, sums);
  square(a, n, diagonal, sums);
  return -1;
}
