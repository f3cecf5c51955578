/** What distilling from factors is, whatever kind of student learns: two sides, the method's plan and its own weights. */
import type { Sequences } from "../dataset/index.ts";
import type { FactorMethod, FactorPlan, FactorSizes, FactorStudent } from "../methods/index.ts";
import { leavesOf, type Leaves, type Parameters } from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Device } from "../runtime/index.ts";
import type { FactorSignal } from "../signals/index.ts";
import { factorScores, type FactorScoresInput } from "./factor-scores.ts";
import type { Task } from "./task.ts";

export interface FactorTeaching {
  readonly method: FactorMethod;
  readonly methodOptions: Readonly<Record<string, unknown>>;
  readonly signal: FactorSignal;
  readonly device?: Device | undefined;
}

export interface Taught {
  /** The model's weights and the method's own, which are named "method.*". */
  readonly weights: Parameters;
  readonly leaves: Leaves;
  readonly own: FactorStudent["own"];
  readonly plan: FactorPlan;
  readonly sizes: FactorSizes;
}

/** @param student its sizes, and its vectors as they are at each call */
export async function taught(
  given: FactorTeaching & { weights: Parameters; train: Sequences; random: Random },
  student: Pick<FactorScoresInput, "users" | "items" | "width" | "vectors">,
): Promise<Taught> {
  const { method, methodOptions, signal, train, device } = given;
  const { users, items } = student;
  const sizes = { users, items, teacher: signal.manifest.width, student: student.width };
  const extra = method.parameters?.(sizes, methodOptions, given.random.split("own")) ?? {};
  const names = Object.keys(extra).map((name) => [`method.${name}`, name] as const);
  const weights = {
    ...given.weights,
    ...Object.fromEntries(names.map(([long, name]) => [long, extra[name]!])),
  };
  const leaves = leavesOf(weights);
  const own = Object.fromEntries(names.map(([long, name]) => [name, leaves[long]!]));
  const side = { users, items, train, device };
  const scores = await factorScores({ ...side, width: sizes.teacher, vectors: () => signal, fixed: true });
  const sides = {
    teacher: { scores, users: signal.users, items: signal.items },
    student: await factorScores({ ...side, width: student.width, vectors: student.vectors }),
    train,
    users,
    items,
  };
  return { weights, leaves, own, plan: await method.plan(sides, methodOptions), sizes };
}

/** What a task does before an epoch, where the method's plan does something then. */
export function preparation(plan: FactorPlan, random: Random): Pick<Task, "prepare"> {
  if (plan.prepare === undefined) return {};
  return { prepare: (epoch) => plan.prepare!(random.split("prepare", epoch), epoch) };
}
