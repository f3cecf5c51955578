/** Weighted maxima of pairs of rows: every user meets a panel of sixteen items while it is in the cache. */

/**
 * scores[n, i] += sum_h weights[h] max(users[n, h], items[i, h]); a NaN of a user's stays one, an item's may be lost.
 * @param users [N, H] @param weights [H] @param scores [N, I]
 * @param panels [ceil(I / 16), H, 16]: items sixteen at a time, number by number; any numbers fill up the last panel
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
    for (let u = 0; u < n; u++, user += row, out += stride) addPanel(user, panels, weights, row, out);
  }
  for (; at < stride; at += 4, panels += 4) {
    let user = users;
    let out = scores + at;
    for (let u = 0; u < n; u++, user += row, out += stride) addOne(user, panels, weights, row, out);
  }
}

/** All sixteen items of a panel. */
function addPanel(user: usize, panel: usize, weights: usize, row: usize, out: usize): void {
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
function addOne(user: usize, panel: usize, weights: usize, row: usize, out: usize): void {
  let sum: f32 = 0;
  for (let at: usize = 0; at < row; at += 4, panel += 64)
    sum += load<f32>(weights + at) * max<f32>(load<f32>(user + at), load<f32>(panel));
  store<f32>(out, load<f32>(out) + sum);
}
