/** Numbers as tables show them. */

export const four = (value: number): string => value.toFixed(4);

export const signed = (value: number): string => (value > 0 ? "+" : "") + four(value);

/** "[0.1720, 0.1838]" */
export const range = ({ low, high }: { low: number; high: number }): string =>
  `[${four(low)}, ${four(high)}]`;

/** Never 0: a p that rounds to nothing is said to be small. */
export const probability = (p: number): string => (p < 0.0001 ? "< 0.0001" : four(p));

/** Highest resident memory of this process so far, in MB. */
export const peakMemoryMB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
