/** Dot products of chosen pairs of rows, and the way of their gradient back: nothing but the pairs is computed. */

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
    for (let j = 0; j < s; j++, at += 4)
      store<f32>(out + at, dot(user, items + <usize>load<i32>(chosen + at) * row, width));
  }
}

/** y += a x over n numbers. */
function addScaled(y: usize, x: usize, a: f32, n: i32): void {
  const bytes = (<usize>n) << 2;
  const scale = f32x4.splat(a);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16)
    v128.store(y + at, f32x4.add(v128.load(y + at), f32x4.mul(scale, v128.load(x + at))));
  for (; at < bytes; at += 4) store<f32>(y + at, load<f32>(y + at) + a * load<f32>(x + at));
}

/** The gradient of {@link chosenScores}: dUsers and dItems grow by what each pair's dOut [N, S] asks for. */
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
  let at: usize = 0;
  for (let u = 0; u < n; u++) {
    const user = <usize>load<i32>(rows + ((<usize>u) << 2)) * row;
    for (let j = 0; j < s; j++, at += 4) {
      const d = load<f32>(dOut + at);
      if (d == 0) continue;
      const item = <usize>load<i32>(chosen + at) * row;
      addScaled(dUsers + user, items + item, d, width);
      addScaled(dItems + item, users + user, d, width);
    }
  }
}
