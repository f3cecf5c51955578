/** Ranking one row of scores. Masked items hold -Infinity and are no candidates. */

/** The position of the first score that is not a number, or -1. */
export function firstNaN(scores: usize, n: i32): i32 {
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const at = scores + ((<usize>i) << 2);
    const a = v128.or(isNotANumber(v128.load(at)), isNotANumber(v128.load(at, 16)));
    const b = v128.or(isNotANumber(v128.load(at, 32)), isNotANumber(v128.load(at, 48)));
    if (v128.any_true(v128.or(a, b))) break;
  }
  for (; i < n; i++) if (isNaN(load<f32>(scores + ((<usize>i) << 2)))) return i;
  return -1;
}

function isNotANumber(four: v128): v128 {
  return f32x4.ne(four, four);
}

/** Makes n items (i32) no candidates. */
export function mask(scores: usize, items: usize, n: i32): void {
  for (let i = 0; i < n; i++)
    store<f32>(scores + ((<usize>load<i32>(items + ((<usize>i) << 2))) << 2), -Infinity);
}

/** How many items rank above item `target`: a higher score, or the same score and a smaller index. */
export function countAbove(scores: usize, n: i32, target: i32): i32 {
  const s = load<f32>(scores + ((<usize>target) << 2));
  const level = f32x4.splat(s);
  let above = i32x4.splat(0); // counts down: a true lane is -1
  let i = 0;
  for (; i + 4 <= target; i += 4)
    above = i32x4.add(above, f32x4.ge(v128.load(scores + ((<usize>i) << 2)), level));
  let count = 0;
  for (; i < target; i++) count += i32(load<f32>(scores + ((<usize>i) << 2)) >= s);
  for (i = target + 1; i < n && (i & 3) != 0; i++) count += i32(load<f32>(scores + ((<usize>i) << 2)) > s);
  for (; i + 4 <= n; i += 4) above = i32x4.add(above, f32x4.gt(v128.load(scores + ((<usize>i) << 2)), level));
  for (; i < n; i++) count += i32(load<f32>(scores + ((<usize>i) << 2)) > s);
  return (
    count -
    i32x4.extract_lane(above, 0) -
    i32x4.extract_lane(above, 1) -
    i32x4.extract_lane(above, 2) -
    i32x4.extract_lane(above, 3)
  );
}

/** Writes the ranks (i32) of t items: 1 for the best, 0 for one that is no candidate. */
export function ranksOf(scores: usize, n: i32, items: usize, t: i32, ranks: usize): void {
  for (let at: usize = 0; at < (<usize>t) << 2; at += 4) {
    const item = load<i32>(items + at);
    const candidate = load<f32>(scores + ((<usize>item) << 2)) != -Infinity;
    store<i32>(ranks + at, candidate ? countAbove(scores, n, item) + 1 : 0);
  }
}

/**
 * The k best of n scores: score descending, then index ascending. A heap keeps the k best so far with the worst at its
 * root; whole vectors that do not beat the root are passed over.
 * @param best [k] i32, receives indices, best first @param keys [k] f32, scratch
 * @returns how many there are: k, or fewer where fewer items are candidates.
 */
export function topK(scores: usize, n: i32, k: i32, best: usize, keys: usize): i32 {
  let size = 0;
  let worst: f32 = -Infinity;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const hits = i32x4.bitmask(f32x4.gt(v128.load(scores + ((<usize>i) << 2)), f32x4.splat(worst)));
    if (hits == 0) continue;
    for (let lane = 0; lane < 4; lane++) {
      const s = load<f32>(scores + ((<usize>(i + lane)) << 2));
      if (s <= worst) continue;
      size = offer(best, keys, size, k, s, i + lane);
      if (size == k) worst = load<f32>(keys);
    }
  }
  for (; i < n; i++) {
    const s = load<f32>(scores + ((<usize>i) << 2));
    if (s <= worst) continue;
    size = offer(best, keys, size, k, s, i);
    if (size == k) worst = load<f32>(keys);
  }
  for (let end = size - 1; end > 0; end--) {
    const key = load<f32>(keys + ((<usize>end) << 2));
    const item = load<i32>(best + ((<usize>end) << 2));
    store<f32>(keys + ((<usize>end) << 2), load<f32>(keys));
    store<i32>(best + ((<usize>end) << 2), load<i32>(best));
    sink(best, keys, end, key, item);
  }
  return size;
}

/** Puts an item into the heap, in the root's place when it is full. @returns the heap's size. */
function offer(best: usize, keys: usize, size: i32, k: i32, s: f32, item: i32): i32 {
  if (size == k) {
    sink(best, keys, size, s, item);
    return size;
  }
  let at = size;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const key = load<f32>(keys + ((<usize>parent) << 2));
    const other = load<i32>(best + ((<usize>parent) << 2));
    if (!worse(s, item, key, other)) break;
    store<f32>(keys + ((<usize>at) << 2), key);
    store<i32>(best + ((<usize>at) << 2), other);
    at = parent;
  }
  store<f32>(keys + ((<usize>at) << 2), s);
  store<i32>(best + ((<usize>at) << 2), item);
  return size + 1;
}

/** Lets an item sink from the root to its place. */
function sink(best: usize, keys: usize, size: i32, s: f32, item: i32): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let key = load<f32>(keys + ((<usize>child) << 2));
    let other = load<i32>(best + ((<usize>child) << 2));
    if (child + 1 < size) {
      const rightKey = load<f32>(keys + ((<usize>(child + 1)) << 2));
      const right = load<i32>(best + ((<usize>(child + 1)) << 2));
      if (worse(rightKey, right, key, other)) {
        child++;
        key = rightKey;
        other = right;
      }
    }
    if (!worse(key, other, s, item)) break;
    store<f32>(keys + ((<usize>at) << 2), key);
    store<i32>(best + ((<usize>at) << 2), other);
    at = child;
  }
  store<f32>(keys + ((<usize>at) << 2), s);
  store<i32>(best + ((<usize>at) << 2), item);
}

function worse(s: f32, item: i32, t: f32, other: i32): bool {
  return s < t || (s == t && item > other);
}
