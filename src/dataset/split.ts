import { complain, internal } from "../errors.ts";
import type { SplitRule } from "./types.ts";

/** Of n interactions in order, the first `train` are for training, those up to `valid` for validation, the rest for test. */
export interface Cuts {
  readonly train: number;
  readonly valid: number;
}

/**
 * Where a rule cuts n interactions: one user's, or all of them where the rule is temporal.
 * leave-one-out: fewer than 3 stay in train. ratio: train = max(1, floor(train n)), validation up to floor((train + valid) n).
 * temporal: floor((1 - valid - test) n) and floor((1 - test) n).
 */
export function cuts(rule: SplitRule, n: number): Cuts {
  switch (rule.kind) {
    case "given":
      throw internal("a given split cuts nothing");
    case "leave-one-out":
      return n < 3 ? { train: n, valid: n } : { train: n - 2, valid: n - 1 };
    case "ratio": {
      const train = Math.max(1, share(rule.train, n));
      return { train, valid: Math.max(train, share(rule.train + rule.valid, n)) };
    }
    case "temporal":
      return { train: share(1 - rule.valid - rule.test, n), valid: share(1 - rule.test, n) };
  }
}

/** floor(f n), where 0.7 + 0.1 is meant to be 0.8. */
function share(fraction: number, n: number): number {
  return Math.floor(fraction * n + 1e-9 * n);
}

/** @throws UserError "usage" where the shares are not positive or exceed the whole. */
export function checkSplit(rule: SplitRule): void {
  if (rule.kind === "leave-one-out" || rule.kind === "given") return;
  const rest = 1 - rule.valid - (rule.kind === "ratio" ? rule.train : rule.test);
  const least = rule.kind === "ratio" ? rule.train : rest;
  const shares = rule.kind === "ratio" ? [rule.train, rule.valid, rest] : [rest, rule.valid, rule.test];
  if (least > 0 && shares.every((each) => each >= -1e-9 && each <= 1)) return;
  throw complain("usage", {
    where: "split",
    expected: "shares of train, validation and test that sum to 1, with some for train",
    got: shares.map((each) => +each.toFixed(6)).join(", "),
    fix: "Give for example --ratios 0.8,0.1,0.1",
  });
}
