import { gammaln } from "simple-statistics";

/** @returns P(|T| >= |t|) of Student's distribution with `df` degrees of freedom. */
export function studentTwoSided(t: number, df: number): number {
  return Number.isFinite(t) ? incompleteBeta(df / (df + t * t), df / 2, 0.5) : 0;
}

/** @returns P(|Z| >= |z|) of the standard normal distribution. */
export function normalTwoSided(z: number): number {
  const x = (z * z) / 2;
  if (x < 1.5) return 1 - lowerGammaHalf(x);
  return Math.exp(-x - gammaln(0.5)) * Math.sqrt(x) * continuedFraction(x + 0.5, gammaTerm(x));
}

/** Regularised lower incomplete gamma function P(1/2, x) by its series; for small x. */
function lowerGammaHalf(x: number): number {
  let term = 2; // 1 / (1/2)
  let sum = term;
  for (let n = 1; term > sum * Number.EPSILON; n++) sum += term *= x / (n + 0.5);
  return sum * Math.sqrt(x) * Math.exp(-x - gammaln(0.5));
}

/** Terms of the continued fraction of the upper incomplete gamma function Q(1/2, x). */
function gammaTerm(x: number): Terms {
  return (n) => [-n * (n - 0.5), x + 2 * n + 0.5];
}

/** Regularised incomplete beta function I_x(a, b), on the side where its continued fraction converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(front) / a) * continuedFraction(1, betaTerm(x, a, b));
}

function betaTerm(x: number, a: number, b: number): Terms {
  return (n) => {
    const m = n >> 1;
    const even = (m * (b - m)) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m)) / ((a + 2 * m) * (a + 2 * m + 1));
    return [x * (n % 2 === 0 ? even : odd), 1];
  };
}

/** @returns the n-th partial numerator and denominator, from n = 1. */
type Terms = (n: number) => readonly [number, number];

/** 1 / (first + a1 / (b1 + a2 / (b2 + ...))) by Lentz's method. */
function continuedFraction(first: number, terms: Terms): number {
  const floor = 1e-300; // keeps a vanishing denominator from dividing by zero
  let d = 1 / (first || floor);
  let c = 1 / floor;
  let value = d;
  for (let n = 1; n <= 10_000; n++) {
    const [a, b] = terms(n);
    d = 1 / (b + a * d || floor);
    c = b + a / c || floor;
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return value;
}
