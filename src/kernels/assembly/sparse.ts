/** Sparse times dense, in float32: rows of x, weighted and summed. */

/** Bytes of a panel's row, 64 numbers: as wide as a panel of some ten thousand rows stays in the cache. */
const panelBytes: usize = 256;

/**
 * y = alpha A x + beta z for A [M, N] in compressed rows and x [N, D], y and z [M, D], row by row. z holds finite numbers,
 * and may be y, or x where M = N; where beta is 0 it may be any row. Where D is wider than a panel, 64 columns of x at
 * a time are copied together first: parts of rows far apart would share few sets of the cache.
 * @param offsets [M+1] i32: row r of A is at offsets[r] until offsets[r+1] of columns (i32) and values (f32)
 * @param panel [N, 64] f32, scratch, not used where D is at most 64
 */
export function sparseProduct(
  offsets: usize,
  columns: usize,
  values: usize,
  m: i32,
  n: i32,
  x: usize,
  d: i32,
  y: usize,
  alpha: f32,
  z: usize,
  beta: f32,
  panel: usize,
): void {
  const stride = (<usize>d) << 2;
  if (stride <= panelBytes) {
    panelProduct(offsets, columns, values, m, x, stride, y, alpha, z, beta, stride);
    return;
  }
  for (let b: usize = 0; b < stride; b += panelBytes) {
    const bytes = min<usize>(panelBytes, stride - b);
    pack(x + b, stride, n, bytes, panel);
    panelProduct(offsets, columns, values, m, panel, bytes, y + b, alpha, z + b, beta, stride);
  }
}

/** Copies `bytes` of each of n rows together. */
function pack(x: usize, stride: usize, n: i32, bytes: usize, panel: usize): void {
  for (let r = 0; r < n; r++) {
    let b: usize = 0;
    for (; b + 16 <= bytes; b += 16) v128.store(panel + b, v128.load(x + b));
    for (; b < bytes; b += 4) store<f32>(panel + b, load<f32>(x + b));
    x += stride;
    panel += bytes;
  }
}

/** One panel of y: a row starts as beta z; tiles of 32, 16, 4 and 1 columns then sum the rows of x in registers. */
function panelProduct(
  offsets: usize,
  columns: usize,
  values: usize,
  m: i32,
  x: usize,
  bytes: usize,
  y: usize,
  alpha: f32,
  z: usize,
  beta: f32,
  stride: usize,
): void {
  for (let r = 0; r < m; r++) {
    const from = (<usize>load<u32>(offsets)) << 2;
    offsets += 4;
    const c = columns + from;
    const v = values + from;
    const end = columns + ((<usize>load<u32>(offsets)) << 2);
    let b: usize = 0;
    for (; b + 128 <= bytes; b += 128) tile32(c, v, end, x + b, bytes, y + b, z + b, alpha, beta);
    for (; b + 64 <= bytes; b += 64) tile16(c, v, end, x + b, bytes, y + b, z + b, alpha, beta);
    for (; b + 16 <= bytes; b += 16) tile4(c, v, end, x + b, bytes, y + b, z + b, alpha, beta);
    for (; b < bytes; b += 4) tile1(c, v, end, x + b, bytes, y + b, z + b, alpha, beta);
    y += stride;
    if (beta != 0) z += stride;
  }
}

function tile32(
  c: usize,
  v: usize,
  end: usize,
  x: usize,
  stride: usize,
  y: usize,
  z: usize,
  alpha: f32,
  beta: f32,
): void {
  let a0 = f32x4.mul(f32x4.splat(beta), v128.load(z));
  let a1 = f32x4.mul(f32x4.splat(beta), v128.load(z, 16));
  let a2 = f32x4.mul(f32x4.splat(beta), v128.load(z, 32));
  let a3 = f32x4.mul(f32x4.splat(beta), v128.load(z, 48));
  let a4 = f32x4.mul(f32x4.splat(beta), v128.load(z, 64));
  let a5 = f32x4.mul(f32x4.splat(beta), v128.load(z, 80));
  let a6 = f32x4.mul(f32x4.splat(beta), v128.load(z, 96));
  let a7 = f32x4.mul(f32x4.splat(beta), v128.load(z, 112));
  for (; c < end; c += 4, v += 4) {
    const s = f32x4.splat(alpha * load<f32>(v));
    const row = x + <usize>load<u32>(c) * stride;
    a0 = f32x4.add(a0, f32x4.mul(s, v128.load(row)));
    a1 = f32x4.add(a1, f32x4.mul(s, v128.load(row, 16)));
    a2 = f32x4.add(a2, f32x4.mul(s, v128.load(row, 32)));
    a3 = f32x4.add(a3, f32x4.mul(s, v128.load(row, 48)));
    a4 = f32x4.add(a4, f32x4.mul(s, v128.load(row, 64)));
    a5 = f32x4.add(a5, f32x4.mul(s, v128.load(row, 80)));
    a6 = f32x4.add(a6, f32x4.mul(s, v128.load(row, 96)));
    a7 = f32x4.add(a7, f32x4.mul(s, v128.load(row, 112)));
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y, a2, 32);
  v128.store(y, a3, 48);
  v128.store(y, a4, 64);
  v128.store(y, a5, 80);
  v128.store(y, a6, 96);
  v128.store(y, a7, 112);
}

function tile16(
  c: usize,
  v: usize,
  end: usize,
  x: usize,
  stride: usize,
  y: usize,
  z: usize,
  alpha: f32,
  beta: f32,
): void {
  let a0 = f32x4.mul(f32x4.splat(beta), v128.load(z));
  let a1 = f32x4.mul(f32x4.splat(beta), v128.load(z, 16));
  let a2 = f32x4.mul(f32x4.splat(beta), v128.load(z, 32));
  let a3 = f32x4.mul(f32x4.splat(beta), v128.load(z, 48));
  for (; c < end; c += 4, v += 4) {
    const s = f32x4.splat(alpha * load<f32>(v));
    const row = x + <usize>load<u32>(c) * stride;
    a0 = f32x4.add(a0, f32x4.mul(s, v128.load(row)));
    a1 = f32x4.add(a1, f32x4.mul(s, v128.load(row, 16)));
    a2 = f32x4.add(a2, f32x4.mul(s, v128.load(row, 32)));
    a3 = f32x4.add(a3, f32x4.mul(s, v128.load(row, 48)));
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y, a2, 32);
  v128.store(y, a3, 48);
}

function tile4(
  c: usize,
  v: usize,
  end: usize,
  x: usize,
  stride: usize,
  y: usize,
  z: usize,
  alpha: f32,
  beta: f32,
): void {
  let a0 = f32x4.mul(f32x4.splat(beta), v128.load(z));
  for (; c < end; c += 4, v += 4) {
    const s = f32x4.splat(alpha * load<f32>(v));
    const row = x + <usize>load<u32>(c) * stride;
    a0 = f32x4.add(a0, f32x4.mul(s, v128.load(row)));
  }
  v128.store(y, a0);
}

function tile1(
  c: usize,
  v: usize,
  end: usize,
  x: usize,
  stride: usize,
  y: usize,
  z: usize,
  alpha: f32,
  beta: f32,
): void {
  let sum = beta * load<f32>(z);
  for (; c < end; c += 4, v += 4) sum += alpha * load<f32>(v) * load<f32>(x + <usize>load<u32>(c) * stride);
  store<f32>(y, sum);
}
