/**
 * Dot products of chosen pairs of rows, and the way of their gradient back: nothing but the pairs is computed. An addition
 * waits for the one before: four sums take turns, each in the order it has alone.
 */

/** x . y over n numbers. */
function dot(x: usize, y: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  const bytes = (<usize>n) << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  let total: f32 =
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    f32x4.extract_lane(sum, 2) +
    f32x4.extract_lane(sum, 3);
  for (; at < bytes; at += 4) total += load<f32>(x + at) * load<f32>(y + at);
  return total;
}

/** out[0..3] = x . a, x . b, x . c, x . d over n numbers, each as {@link dot} has it. */
function fourDots(x: usize, a: usize, b: usize, c: usize, d: usize, n: i32, out: usize): void {
  let sa = f32x4.splat(0);
  let sb = f32x4.splat(0);
  let sc = f32x4.splat(0);
  let sd = f32x4.splat(0);
  const bytes = (<usize>n) << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const xi = v128.load(x + at);
    sa = f32x4.add(sa, f32x4.mul(xi, v128.load(a + at)));
    sb = f32x4.add(sb, f32x4.mul(xi, v128.load(b + at)));
    sc = f32x4.add(sc, f32x4.mul(xi, v128.load(c + at)));
    sd = f32x4.add(sd, f32x4.mul(xi, v128.load(d + at)));
  }
  const ab01 = v128.shuffle<f32>(sa, sb, 0, 4, 1, 5);
  const ab23 = v128.shuffle<f32>(sa, sb, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(sc, sd, 0, 4, 1, 5);
  const cd23 = v128.shuffle<f32>(sc, sd, 2, 6, 3, 7);
  let total = f32x4.add(v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5), v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
  total = f32x4.add(total, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
  total = f32x4.add(total, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
  v128.store(out, total);
  for (; at < bytes; at += 4) {
    const xi = load<f32>(x + at);
    store<f32>(out, load<f32>(out) + xi * load<f32>(a + at));
    store<f32>(out, load<f32>(out, 4) + xi * load<f32>(b + at), 4);
    store<f32>(out, load<f32>(out, 8) + xi * load<f32>(c + at), 8);
    store<f32>(out, load<f32>(out, 12) + xi * load<f32>(d + at), 12);
  }
}

/** out[n, s] = users[rows[n]] . items[chosen[n, s]]   users [U, D]  items [I, D]  rows [N] i32  chosen [N, S] i32 */
export function chosenScores(
  users: usize,
  items: usize,
  width: i32,
  rows: usize,
  chosen: usize,
  n: i32,
  s: i32,
  out: usize,
): void {
  const row = (<usize>width) << 2;
  let at: usize = 0;
  for (let u = 0; u < n; u++) {
    const user = users + <usize>load<i32>(rows + ((<usize>u) << 2)) * row;
    let j = 0;
    for (; j + 4 <= s; j += 4, at += 16) {
      const a = items + <usize>load<i32>(chosen + at) * row;
      const b = items + <usize>load<i32>(chosen + at, 4) * row;
      const c = items + <usize>load<i32>(chosen + at, 8) * row;
      const d = items + <usize>load<i32>(chosen + at, 12) * row;
      fourDots(user, a, b, c, d, width, out + at);
    }
    for (; j < s; j++, at += 4)
      store<f32>(out + at, dot(user, items + <usize>load<i32>(chosen + at) * row, width));
  }
}

/**
 * The gradient of {@link chosenScores}: dUsers and dItems grow by what each pair's dOut [N, S] asks for. dUsers and dItems
 * do not overlap.
 */
export function pushScores(
  users: usize,
  items: usize,
  dUsers: usize,
  dItems: usize,
  width: i32,
  rows: usize,
  chosen: usize,
  n: i32,
  s: i32,
  dOut: usize,
): void {
  const row = (<usize>width) << 2;
  for (let u = 0; u < n; u++) {
    const user = <usize>load<i32>(rows + ((<usize>u) << 2)) * row;
    for (let left = (<usize>s) << 2; left > 0;) {
      const pairs = min(left, run);
      pushRow(users + user, items, dUsers + user, dItems, row, chosen, dOut, pairs);
      chosen += pairs;
      dOut += pairs;
      left -= pairs;
    }
  }
}

/** Pairs of a user whose rows stay in the first cache for all columns, as bytes of their numbers: 64. */
const run: usize = 256;

/** All columns of some of one user's pairs. */
function pushRow(
  user: usize,
  items: usize,
  dUser: usize,
  dItems: usize,
  row: usize,
  chosen: usize,
  dOut: usize,
  pairs: usize,
): void {
  let b: usize = 0;
  for (; b + 64 <= row; b += 64) push16(user + b, items + b, dUser + b, dItems + b, row, chosen, dOut, pairs);
  for (; b + 16 <= row; b += 16) push4(user + b, items + b, dUser + b, dItems + b, row, chosen, dOut, pairs);
  for (; b < row; b += 4) push1(user + b, items + b, dUser + b, dItems + b, row, chosen, dOut, pairs);
}

/** Sixteen columns of one user's pairs; the user's own gradient stays in registers. */
function push16(
  user: usize,
  items: usize,
  dUser: usize,
  dItems: usize,
  row: usize,
  chosen: usize,
  dOut: usize,
  pairs: usize,
): void {
  const ua = v128.load(user);
  const ub = v128.load(user, 16);
  const uc = v128.load(user, 32);
  const ud = v128.load(user, 48);
  let ga = v128.load(dUser);
  let gb = v128.load(dUser, 16);
  let gc = v128.load(dUser, 32);
  let gd = v128.load(dUser, 48);
  for (let j: usize = 0; j < pairs; j += 4) {
    const one = load<f32>(dOut + j);
    if (one == 0) continue;
    const d = f32x4.splat(one);
    const from = <usize>load<i32>(chosen + j) * row;
    const item = items + from;
    const g = dItems + from;
    ga = f32x4.add(ga, f32x4.mul(d, v128.load(item)));
    gb = f32x4.add(gb, f32x4.mul(d, v128.load(item, 16)));
    gc = f32x4.add(gc, f32x4.mul(d, v128.load(item, 32)));
    gd = f32x4.add(gd, f32x4.mul(d, v128.load(item, 48)));
    v128.store(g, f32x4.add(v128.load(g), f32x4.mul(d, ua)));
    v128.store(g, f32x4.add(v128.load(g, 16), f32x4.mul(d, ub)), 16);
    v128.store(g, f32x4.add(v128.load(g, 32), f32x4.mul(d, uc)), 32);
    v128.store(g, f32x4.add(v128.load(g, 48), f32x4.mul(d, ud)), 48);
  }
  v128.store(dUser, ga);
  v128.store(dUser, gb, 16);
  v128.store(dUser, gc, 32);
  v128.store(dUser, gd, 48);
}

function push4(
  user: usize,
  items: usize,
  dUser: usize,
  dItems: usize,
  row: usize,
  chosen: usize,
  dOut: usize,
  pairs: usize,
): void {
  const ui = v128.load(user);
  let gi = v128.load(dUser);
  for (let j: usize = 0; j < pairs; j += 4) {
    const one = load<f32>(dOut + j);
    if (one == 0) continue;
    const d = f32x4.splat(one);
    const from = <usize>load<i32>(chosen + j) * row;
    gi = f32x4.add(gi, f32x4.mul(d, v128.load(items + from)));
    v128.store(dItems + from, f32x4.add(v128.load(dItems + from), f32x4.mul(d, ui)));
  }
  v128.store(dUser, gi);
}

function push1(
  user: usize,
  items: usize,
  dUser: usize,
  dItems: usize,
  row: usize,
  chosen: usize,
  dOut: usize,
  pairs: usize,
): void {
  const ui = load<f32>(user);
  let gi = load<f32>(dUser);
  for (let j: usize = 0; j < pairs; j += 4) {
    const d = load<f32>(dOut + j);
    if (d == 0) continue;
    const from = <usize>load<i32>(chosen + j) * row;
    gi += d * load<f32>(items + from);
    store<f32>(dItems + from, load<f32>(dItems + from) + d * ui);
  }
  store<f32>(dUser, gi);
}
