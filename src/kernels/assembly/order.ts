/** The whole order of one row of scores, by a radix sort: its cost does not grow with the length of the list asked for. */

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
