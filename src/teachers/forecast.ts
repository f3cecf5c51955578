/** What a probe would cost, told without asking anything. */
import type { View } from "../signals/index.ts";
import { answersTo } from "./collect.ts";
import { Ledger } from "./ledger.ts";
import { countByView, noQueries } from "./plan.ts";
import {
  keyOf,
  questionsOf,
  sourceOf,
  type Growth,
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
  const source = sourceOf(options);
  const grows = "growing" in source;
  const byView = grows ? grownByView(source) : countByView(source.plan);
  const known = grows ? source.known : source;
  const { cached, spent } = await paidBefore(options, source, teacher, out);
  const open = Object.values(byView).reduce((sum, n) => sum + n, 0) - cached;
  const queries = Math.min(open, Math.max(0, (options.budget ?? Infinity) - spent));
  return { byView, cached, queries, left: (known?.plan.left ?? 0) + open - queries };
}

/** Of histories that are to grow as long as they may. */
function grownByView({ known, growing }: Growth): Forecast["byView"] {
  if (known !== null) return { ...countByView(known.plan), walk: growing.wanted };
  const full = growing.histories.length;
  return { ...noQueries(), full, prefix: growing.wanted - full };
}

/** @returns of these questions the number that is paid, and all that the teacher was paid for */
async function paidBefore(
  options: QuestionOptions,
  asked: Growth | Questions,
  teacher: Teacher,
  out: string,
): Promise<{ cached: number; spent: number }> {
  const ledger = await Ledger.read(out);
  if (ledger === null) return { cached: 0, spent: 0 };
  try {
    const { keys } = await ledger.settled(teacher.fingerprint);
    const paid = ({ plan, k, history }: Questions): number =>
      plan.first.reduce((n, _, q) => n + Number(keys.has(keyOf(teacher, k, history(q)))), 0);
    if ("plan" in asked) return { cached: paid(asked), spent: keys.size };
    let cached = asked.known === null ? 0 : paid(asked.known);
    for await (const round of answeredRounds(options, asked, teacher, ledger)) cached += paid(round);
    return { cached, spent: keys.size };
  } finally {
    ledger.close();
  }
}

/** Histories grow as far as there are answers. */
async function* answeredRounds(
  options: QuestionOptions,
  { growing }: Growth,
  teacher: Teacher,
  ledger: Ledger,
): AsyncGenerator<Questions> {
  for (let plan = growing.round(); plan.first.length > 0; plan = growing.round()) {
    const questions = questionsOf(options, plan);
    yield questions;
    growing.grow(await answersTo(ledger, teacher, options.dataset, questions));
  }
}
