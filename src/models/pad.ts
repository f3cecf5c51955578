/**
 * @returns [B, width] the newest items of each history, oldest first, padded on the left with -1; width is that of the
 *   longest, at most maxLength and at least 1.
 */
export function padHistories(
  histories: readonly Int32Array[],
  maxLength: number,
): { data: Int32Array; width: number } {
  const width = histories.reduce((w, h) => Math.max(w, Math.min(h.length, maxLength)), 1);
  const data = new Int32Array(histories.length * width).fill(-1);
  histories.forEach((h, b) => {
    const kept = h.length > width ? h.subarray(h.length - width) : h;
    data.set(kept, (b + 1) * width - kept.length);
  });
  return { data, width };
}
