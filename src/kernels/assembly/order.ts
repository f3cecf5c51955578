/** The whole order of one row of scores, by a radix sort: its cost does not grow with the length of the list asked for. */

import { countAbove, topK } from "./rank";

/** Three digits of a 32-bit key: 11, 11 and 10 bits. */
const bins: usize = 2048;

/** A score's bits as an unsigned number that is smaller the better the score; -0 is made 0. */
function keyOf(s: f32): u32 {
  const bits = reinterpret<u32>(s + 0.0);
  return bits >> 31 != 0 ? bits : ~(bits | 0x80000000);
}

/** Where a digit is counted: `shift` is its lowest bit in a pair of key (high half) and item (low half). */
function slot(counts: usize, pair: u64, shift: u64): usize {
  return counts + (((<usize>(pair >> shift)) & (bins - 1)) << 2);
}

function count(counts: usize, pair: u64, shift: u64): void {
  const at = slot(counts, pair, shift);
  store<i32>(at, load<i32>(at) + 1);
}

/** Counts per bin become the place where each bin starts. */
function accumulate(counts: usize): void {
  let total = 0;
  for (let b: usize = 0; b < bins; b++) {
    const here = load<i32>(counts + (b << 2));
    store<i32>(counts + (b << 2), total);
    total += here;
  }
}

/** One stable pass by one digit. */
function pass(from: usize, to: usize, n: i32, counts: usize, shift: u64): void {
  accumulate(counts);
  for (let i = 0; i < n; i++) {
    const pair = load<u64>(from + ((<usize>i) << 3));
    const at = slot(counts, pair, shift);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<u64>(to + ((<usize>place) << 3), pair);
  }
}

/**
 * All n items, best first: score descending, then index ascending, which a stable sort gives for nothing.
 * @param order [n] i32, receives indices @param scratch [4n + 6144], 8-byte aligned
 * @returns how many are candidates; the others, with a score of -Infinity, come last.
 */
export function orderAll(scores: usize, n: i32, order: usize, scratch: usize): i32 {
  const a = scratch;
  const b = a + ((<usize>n) << 3);
  const low = b + ((<usize>n) << 3);
  const middle = low + (bins << 2);
  const high = middle + (bins << 2);
  memory.fill(low, 0, 3 * (bins << 2));
  let candidates = n;
  for (let i = 0; i < n; i++) {
    const s = load<f32>(scores + ((<usize>i) << 2));
    if (s == -Infinity) candidates--;
    const pair = ((<u64>keyOf(s)) << 32) | (<u64>i);
    store<u64>(a + ((<usize>i) << 3), pair);
    count(low, pair, 32);
    count(middle, pair, 43);
    count(high, pair, 54);
  }
  pass(a, b, n, low, 32);
  pass(b, a, n, middle, 43);
  pass(a, b, n, high, 54);
  for (let i = 0; i < n; i++) store<i32>(order + ((<usize>i) << 2), load<i32>(b + ((<usize>i) << 3)));
  return candidates;
}

/** Short lists of rows that are too short to be folded are kept in a heap. */
const short = 512;
const long = 40;

/**
 * The k best of n scores: score descending, then index ascending.
 * @param best [n] i32, receives indices @param scratch [7n + 6144], 8-byte aligned
 * @returns how many there are: k, or fewer where fewer items are candidates.
 */
export function best(scores: usize, n: i32, k: i32, best: usize, scratch: usize): i32 {
  const inHeap = n < short && k < long;
  return inHeap ? topK(scores, n, k, best, scratch) : longList(scores, n, k, best, scratch);
}

/** How many numbers on average share a place of the fold: few survive that are not in the list. */
const spread = 3;

/**
 * The k best of n scores, as {@link orderAll} has them, for lists of hundreds: the row is folded to L places, the largest
 * of its numbers in each; what the k-th largest of them is, at least k scores reach; only those are sorted.
 * @param best [n] i32, receives indices @param scratch [7n + 6144], 8-byte aligned
 * @returns how many there are: k, or fewer where fewer items are candidates.
 */
export function longList(scores: usize, n: i32, k: i32, best: usize, scratch: usize): i32 {
  const fold = scratch + ((<usize>(4 * n)) << 2) + 3 * (bins << 2);
  let places = 16;
  while (places < spread * k) places <<= 1;
  const level: f32 = places > n / 4 ? <f32>-Infinity : levelOf(scores, n, k, fold, places);
  if (level == -Infinity) return min(k, orderAll(scores, n, best, scratch));
  const kept = fold;
  const items = kept + ((<usize>n) << 2);
  const size = reaching(scores, n, level, kept, items);
  return sortKept(kept, items, size, k, best, items + ((<usize>n) << 2), scratch);
}

/** Up to so many are sorted by counting for each how many are above it: that has no branches to guess, a digit 2,048 places. */
const few = 128;

/** Writes the items of the k best of `size` scores, best first. @returns how many */
function sortKept(
  kept: usize,
  items: usize,
  size: i32,
  k: i32,
  best: usize,
  order: usize,
  scratch: usize,
): i32 {
  const count = min(k, size);
  if (size <= few) {
    for (let i = 0; i < size; i++) {
      const above = countAbove(kept, size, i);
      if (above < k) store<i32>(best + ((<usize>above) << 2), load<i32>(items + ((<usize>i) << 2)));
    }
    return count;
  }
  orderAll(kept, size, order, scratch);
  for (let i: usize = 0; i < (<usize>count) << 2; i += 4)
    store<i32>(best + i, load<i32>(items + ((<usize>load<i32>(order + i)) << 2)));
  return count;
}

/** A number that at least k of n scores reach, and not many more; -Infinity where none was found. */
function levelOf(scores: usize, n: i32, k: i32, fold: usize, places: i32): f32 {
  const bytes = (<usize>places) << 2;
  const end = scores + ((<usize>(n - (n & (places - 1)))) << 2); // what is left over may be lower or higher
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < bytes; at += 64) {
    let a = v128.load(scores + at);
    let b = v128.load(scores + at, 16);
    let c = v128.load(scores + at, 32);
    let d = v128.load(scores + at, 48);
    for (let row = scores + bytes + at; row < end; row += bytes) {
      a = f32x4.pmax(a, v128.load(row));
      b = f32x4.pmax(b, v128.load(row, 16));
      c = f32x4.pmax(c, v128.load(row, 32));
      d = f32x4.pmax(d, v128.load(row, 48));
    }
    v128.store(fold + at, a);
    v128.store(fold + at, b, 16);
    v128.store(fold + at, c, 32);
    v128.store(fold + at, d, 48);
    least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, a), b), c), d);
    most = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(most, a), b), c), d);
  }
  let low = extreme(least, false);
  let high = extreme(most, true);
  for (let halved = 0; halved < 24; halved++) {
    const middle: f32 = low + (high - low) / 2;
    const count = countReaching(fold, bytes, middle);
    if (count < k) high = middle;
    else low = middle;
    if (count >= k && count <= k + (k >> 3)) break;
  }
  return low;
}

/** The smallest or the largest of four. */
function extreme(four: v128, largest: bool): f32 {
  const pairs = i32x4.shuffle(four, four, 2, 3, 0, 1);
  const two = largest ? f32x4.pmax(four, pairs) : f32x4.pmin(four, pairs);
  const x = f32x4.extract_lane(two, 0);
  const y = f32x4.extract_lane(two, 1);
  return largest ? max<f32>(x, y) : min<f32>(x, y);
}

function countReaching(numbers: usize, bytes: usize, level: f32): i32 {
  let count = i32x4.splat(0); // counts down: a true lane is -1
  for (let at: usize = 0; at < bytes; at += 16)
    count = i32x4.add(count, f32x4.ge(v128.load(numbers + at), f32x4.splat(level)));
  return -(
    i32x4.extract_lane(count, 0) +
    i32x4.extract_lane(count, 1) +
    i32x4.extract_lane(count, 2) +
    i32x4.extract_lane(count, 3)
  );
}

/** Writes the scores that reach a level, and their items, in order. @returns how many */
function reaching(scores: usize, n: i32, level: f32, kept: usize, items: usize): i32 {
  const bar = f32x4.splat(level);
  let size: usize = 0;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const at = scores + ((<usize>i) << 2);
    const a = f32x4.ge(v128.load(at), bar);
    const b = f32x4.ge(v128.load(at, 16), bar);
    const c = f32x4.ge(v128.load(at, 32), bar);
    const d = f32x4.ge(v128.load(at, 48), bar);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue; // nearly always
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    for (let hits = i8x16.bitmask(bytes); hits != 0; hits &= hits - 1) {
      const lane = ctz(hits);
      store<f32>(kept + size, load<f32>(at + ((<usize>lane) << 2)));
      store<i32>(items + size, i + lane);
      size += 4;
    }
  }
  for (; i < n; i++) {
    const s = load<f32>(scores + ((<usize>i) << 2));
    if (s < level) continue;
    store<f32>(kept + size, s);
    store<i32>(items + size, i);
    size += 4;
  }
  return <i32>(size >> 2);
}
