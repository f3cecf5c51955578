/**
 * Scores of pairs of rows where every user meets every item. Items are laid out in panels, sixteen at a time, number by
 * number: [ceil(I / 16), D, 16], any numbers filling up the last one. Every user meets a panel while it is in the cache.
 */

/**
 * scores[n, i] = users[n] . items[i], summed from the first number to the last
 * @param users [N, D] @param scores [N, I]
 */
export function dotPanels(users: usize, n: i32, panels: usize, items: i32, d: i32, scores: usize): void {
  const row = (<usize>d) << 2;
  const stride = (<usize>items) << 2;
  let at: usize = 0;
  for (; at + 64 <= stride; at += 64, panels += row << 4) {
    let user = users;
    let out = scores + at;
    let u = 0;
    for (; u + 2 <= n; u += 2, user += 2 * row, out += 2 * stride) dotTwo(user, panels, row, out, stride);
    if (u < n) dotPanel(user, panels, row, out);
  }
  for (; at < stride; at += 4, panels += 4) {
    let user = users;
    let out = scores + at;
    for (let u = 0; u < n; u++, user += row, out += stride) dotOne(user, panels, row, out);
  }
}

/** Two users and all sixteen items of a panel, each number of which is read once. */
function dotTwo(user: usize, panel: usize, row: usize, out: usize, stride: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  for (const end = user + row; user < end; user += 4, panel += 64) {
    const x = v128.load32_splat(user);
    const y = v128.load32_splat(user + row);
    const first = v128.load(panel);
    const second = v128.load(panel, 16);
    const third = v128.load(panel, 32);
    const fourth = v128.load(panel, 48);
    a = f32x4.add(a, f32x4.mul(x, first));
    b = f32x4.add(b, f32x4.mul(x, second));
    c = f32x4.add(c, f32x4.mul(x, third));
    d = f32x4.add(d, f32x4.mul(x, fourth));
    e = f32x4.add(e, f32x4.mul(y, first));
    f = f32x4.add(f, f32x4.mul(y, second));
    g = f32x4.add(g, f32x4.mul(y, third));
    h = f32x4.add(h, f32x4.mul(y, fourth));
  }
  store16(out, a, b, c, d);
  store16(out + stride, e, f, g, h);
}

/** All sixteen items of a panel. */
function dotPanel(user: usize, panel: usize, row: usize, out: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (const end = user + row; user < end; user += 4, panel += 64) {
    const x = v128.load32_splat(user);
    a = f32x4.add(a, f32x4.mul(x, v128.load(panel)));
    b = f32x4.add(b, f32x4.mul(x, v128.load(panel, 16)));
    c = f32x4.add(c, f32x4.mul(x, v128.load(panel, 32)));
    d = f32x4.add(d, f32x4.mul(x, v128.load(panel, 48)));
  }
  store16(out, a, b, c, d);
}

/** The item that a panel begins with. */
function dotOne(user: usize, panel: usize, row: usize, out: usize): void {
  let sum: f32 = 0;
  for (const end = user + row; user < end; user += 4, panel += 64) sum += load<f32>(user) * load<f32>(panel);
  store<f32>(out, sum);
}

function store16(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

/**
 * scores[n, i] += sum_h weights[h] max(users[n, h], items[i, h]); a NaN of a user's stays one, an item's may be lost.
 * @param users [N, H] @param weights [H] @param scores [N, I]
 */
export function addMaxima(
  users: usize,
  n: i32,
  panels: usize,
  items: i32,
  weights: usize,
  h: i32,
  scores: usize,
): void {
  const row = (<usize>h) << 2;
  const stride = (<usize>items) << 2;
  let at: usize = 0;
  for (; at + 64 <= stride; at += 64, panels += row << 4) {
    let user = users;
    let out = scores + at;
    for (let u = 0; u < n; u++, user += row, out += stride) maximaPanel(user, panels, weights, row, out);
  }
  for (; at < stride; at += 4, panels += 4) {
    let user = users;
    let out = scores + at;
    for (let u = 0; u < n; u++, user += row, out += stride) maximaOne(user, panels, weights, row, out);
  }
}

/** All sixteen items of a panel. */
function maximaPanel(user: usize, panel: usize, weights: usize, row: usize, out: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let at: usize = 0; at < row; at += 4, panel += 64) {
    const x = v128.load32_splat(user + at);
    const w = v128.load32_splat(weights + at);
    a = f32x4.add(a, f32x4.mul(w, f32x4.pmax(x, v128.load(panel))));
    b = f32x4.add(b, f32x4.mul(w, f32x4.pmax(x, v128.load(panel, 16))));
    c = f32x4.add(c, f32x4.mul(w, f32x4.pmax(x, v128.load(panel, 32))));
    d = f32x4.add(d, f32x4.mul(w, f32x4.pmax(x, v128.load(panel, 48))));
  }
  v128.store(out, f32x4.add(v128.load(out), a));
  v128.store(out, f32x4.add(v128.load(out, 16), b), 16);
  v128.store(out, f32x4.add(v128.load(out, 32), c), 32);
  v128.store(out, f32x4.add(v128.load(out, 48), d), 48);
}

/** The item that a panel begins with. */
function maximaOne(user: usize, panel: usize, weights: usize, row: usize, out: usize): void {
  let sum: f32 = 0;
  for (let at: usize = 0; at < row; at += 4, panel += 64)
    sum += load<f32>(weights + at) * max<f32>(load<f32>(user + at), load<f32>(panel));
  store<f32>(out, load<f32>(out) + sum);
}
