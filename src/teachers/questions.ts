import { hash } from "node:crypto";
import { owned, type Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { Random } from "../random.ts";
import { planQueries, type QueryPlan } from "./plan.ts";
import type { Teacher } from "./teacher.ts";

/** What to ask: all that decides the plan. The same values give the same plan, which is how a probe resumes. */
export interface QuestionOptions {
  readonly dataset: Dataset;
  /** Items per list; cut to the catalogue's size. */
  readonly k: number;
  /** Share of the users whose histories are ours, in (0, 1], drawn with `seed`. */
  readonly share: number;
  readonly seed: number;
  /** Answers that may be paid; null = all full histories and their views, and nothing more. */
  readonly budget: number | null;
  readonly scales: readonly number[];
  /** Most recent items of a history that are sent. */
  readonly maxLength: number;
  readonly prefixViews: boolean;
  /** Users of a pilot: only so many are asked, each with all views. */
  readonly pilot?: number | undefined;
}

/** The questions for one dataset and budget; nothing has been asked yet. */
export interface Questions {
  readonly plan: QueryPlan;
  readonly owned: Int32Array;
  readonly k: number;
  /** @returns the original ids of query q's history, oldest first. */
  readonly history: (q: number) => string[];
}

/** @throws UserError "usage" where the budget buys nothing, "input" where there is no history to ask. */
export function prepareQuestions(options: QuestionOptions): Questions {
  const { dataset, seed, share, budget } = options;
  const { train, items } = dataset;
  const users = owned(dataset, share, seed);
  const plan = planQueries(train, users, { ...options, random: new Random(seed).split("probe", "plan") });
  if (plan.first.length === 0) throw nothingToAsk(dataset, budget);
  const history = (q: number) => {
    const r = plan.first[q]!;
    const from = train.offsets[plan.rows.user[r]!]!;
    const asked = train.items.subarray(from + plan.rows.start[r]!, from + plan.rows.end[r]!);
    return Array.from(asked, (item) => items.id(item));
  };
  return { plan, owned: users, k: Math.min(options.k, items.size), history };
}

function nothingToAsk(dataset: Dataset, budget: number | null) {
  if (budget === null) {
    return complain("input", {
      where: dataset.directory,
      expected: "at least one owned user with a training history",
      got: "none",
      fix: "Raise --users, or check the data with `potstill data describe`",
    });
  }
  return complain("usage", {
    where: "--budget",
    expected: "enough for one user's history and its views",
    got: String(budget),
    fix: "Raise it, or give up views with --views none",
  });
}

/** @returns the ledger's key of a question: the same teacher, k and history give the same key. */
export function keyOf(teacher: Teacher, k: number, history: readonly string[]): string {
  return hash("sha256", JSON.stringify([teacher.fingerprint, k, history]));
}
