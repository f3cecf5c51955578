/** What a probe would cost, told without asking anything. */
import type { View } from "../signals/index.ts";
import { answersTo } from "./collect.ts";
import { GrowingHistories, inventedLengths } from "./invent.ts";
import { Ledger } from "./ledger.ts";
import { countByView } from "./plan.ts";
import {
  inventing,
  keyOf,
  prepareQuestions,
  questionsOf,
  type QuestionOptions,
  type Questions,
} from "./questions.ts";
import type { Teacher } from "./teacher.ts";

export interface Forecast {
  /** All queries, by how they come to be. */
  readonly byView: Readonly<Record<View, number>>;
  /** Those of them whose answers are in the ledger. */
  readonly cached: number;
  /** Those that the next run pays. */
  readonly queries: number;
  /** Those that the budget has no room for. */
  readonly left: number;
}

/** @param out the folder of the probe; nothing is made there */
export async function forecast(options: QuestionOptions, teacher: Teacher, out: string): Promise<Forecast> {
  const questions = options.queries === "autoregressive" ? null : prepareQuestions(options);
  const byView = questions === null ? grownByView(options) : countByView(questions.plan);
  const { cached, spent } = await paidBefore(options, questions, teacher, out);
  const open = Object.values(byView).reduce((sum, n) => sum + n, 0) - cached;
  const queries = Math.min(open, Math.max(0, (options.budget ?? Infinity) - spent));
  return { byView, cached, queries, left: (questions?.plan.left ?? 0) + open - queries };
}

function grownByView(options: QuestionOptions): Forecast["byView"] {
  const lengths = inventedLengths(inventing(options));
  const all = lengths.reduce((sum, length) => sum + length, 0);
  return { full: lengths.length, suffix: 0, drop: 0, prefix: all - lengths.length, item: 0, shuffle: 0 };
}

/** @returns of these questions the number that is paid, and all that the teacher was paid for */
async function paidBefore(
  options: QuestionOptions,
  questions: Questions | null,
  teacher: Teacher,
  out: string,
): Promise<{ cached: number; spent: number }> {
  const ledger = await Ledger.read(out);
  if (ledger === null) return { cached: 0, spent: 0 };
  try {
    const { keys } = await ledger.settled(teacher.fingerprint);
    const paid = ({ plan, k, history }: Questions): number =>
      plan.first.reduce((n, _, q) => n + Number(keys.has(keyOf(teacher, k, history(q)))), 0);
    if (questions !== null) return { cached: paid(questions), spent: keys.size };
    let cached = 0;
    for await (const round of answeredRounds(options, teacher, ledger)) cached += paid(round);
    return { cached, spent: keys.size };
  } finally {
    ledger.close();
  }
}

/** Histories grow as far as there are answers. */
async function* answeredRounds(
  options: QuestionOptions,
  teacher: Teacher,
  ledger: Ledger,
): AsyncGenerator<Questions> {
  const growing = new GrowingHistories(inventing(options));
  for (let plan = growing.round(); plan.first.length > 0; plan = growing.round()) {
    const questions = questionsOf(options, plan);
    yield questions;
    growing.grow(await answersTo(ledger, teacher, options.dataset, questions));
  }
}
