import { hash } from "node:crypto";
import { owned, type Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { Random } from "../random.ts";
import { historyOf, type Invented, type Rest, type Views } from "../signals/index.ts";
import {
  autoregressive,
  GrowingHistories,
  planPrefixes,
  randomHistories,
  walks,
  type InventOptions,
} from "./invent.ts";
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
  /** How views are cut: suffixes unless said. */
  readonly views?: Views | undefined;
  /** What the budget buys beside full histories and views: prefixes unless said. */
  readonly rest?: Rest | undefined;
  /** Most recent items of a history that are sent. */
  readonly maxLength: number;
  readonly prefixViews: boolean;
  /** Where histories come from: the owner's training histories unless said. */
  readonly queries?: Invented | undefined;
  /** Users of a pilot: only so many are asked, each with all views and once more in random order. */
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

/**
 * What is known before anything is asked: histories that grow are not, see {@link sourceOf}.
 * @throws UserError "usage" where the budget buys nothing, "input" where there is no history to ask.
 */
export function prepareQuestions(options: QuestionOptions): Questions {
  const { queries } = options;
  if (queries === undefined) return ownedQuestions(options, []);
  return questionsOf(options, planPrefixes(randomHistories(inventing(options))));
}

/** @param grown walks, where those are asked */
function ownedQuestions(options: QuestionOptions, grown: readonly (readonly number[])[]): Questions {
  const { dataset, seed, share, budget, rest } = options;
  const users = owned(dataset, share, seed);
  const random = new Random(seed).split("probe", "plan");
  const made = {
    ...(rest === "items" && { alone: dataset.items.size }),
    ...(rest === "walks" && { walks: grown }),
  };
  const plan = planQueries(dataset.train, users, { ...options, ...made, random });
  if (plan.first.length === 0) throw nothingToAsk(dataset, budget);
  return questionsOf(options, plan);
}

/** Questions that depend on answers. */
export interface Growth {
  readonly growing: GrowingHistories;
  /** To be asked before; null where all histories are invented. */
  readonly known: Questions | null;
  /** @returns all of them, when histories are grown */
  readonly whole: () => Questions;
}

/** @returns what to ask, or how it grows. @throws as {@link prepareQuestions} and {@link inventing} */
export const sourceOf = (options: QuestionOptions): Questions | Growth =>
  growthOf(options) ?? prepareQuestions(options);

/** @returns null where all is known before anything is asked. */
function growthOf(options: QuestionOptions): Growth | null {
  const { dataset, seed, queries, rest } = options;
  if (queries === "autoregressive") {
    const growing = new GrowingHistories(autoregressive(inventing(options)));
    return { growing, known: null, whole: () => questionsOf(options, planPrefixes(growing.histories)) };
  }
  if (rest !== "walks") return null;
  const known = prepareQuestions(options);
  const random = new Random(seed).split("probe", "walks");
  const growing = new GrowingHistories(walks({ budget: known.plan.room, items: dataset.items.size, random }));
  return { growing, known, whole: () => ownedQuestions(options, growing.histories) };
}

/** The questions of a plan. */
export function questionsOf({ dataset, k, share, seed }: QuestionOptions, plan: QueryPlan): Questions {
  const { train, items } = dataset;
  const history = (q: number) =>
    Array.from(historyOf(plan.rows, train, plan.first[q]!), (item) => items.id(item));
  return { plan, owned: owned(dataset, share, seed), k: Math.min(k, items.size), history };
}

/** What invented histories are made of. @throws UserError "usage" without a budget: they have no end of their own. */
export function inventing({ dataset, seed, budget, maxLength, queries }: QuestionOptions): InventOptions {
  if (budget !== null)
    return {
      budget,
      maxLength,
      items: dataset.items.size,
      random: new Random(seed).split("probe", queries!),
    };
  throw complain("usage", {
    where: "--budget",
    expected: `a number of answers, for there is no end to ${queries} histories`,
    got: "none",
    fix: "Give one, for example --budget 100000",
  });
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
