/** Dot products of chosen pairs of rows: nothing but the pairs asked for is computed. */

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

/** out[n, s] = users[n] . items[chosen[n, s]]   users [N, D]  items [I, D]  chosen [N, S] i32  out [N, S] */
export function chosenScores(
  users: usize,
  items: usize,
  width: i32,
  chosen: usize,
  n: i32,
  s: i32,
  out: usize,
): void {
  const row = (<usize>width) << 2;
  let at: usize = 0;
  for (let u = 0; u < n; u++) {
    const user = users + <usize>u * row;
    for (let j = 0; j < s; j++, at += 4)
      store<f32>(out + at, dot(user, items + <usize>load<i32>(chosen + at) * row, width));
  }
}
