/** What distilling is that asks a student for scores: two sides, the method's plan and its own weights. */
import type { Sequences } from "../dataset/index.ts";
import { groupUsers } from "../evaluate/index.ts";
import { add, mul, type Tensor } from "../graph/index.ts";
import type { FactorMethod, FactorPlan, FactorStudent, Sides, TrajectoryMethod } from "../methods/index.ts";
import { leavesOf, type Leaves, type Parameters } from "../models/index.ts";
import type { Random } from "../random.ts";
import type { Device } from "../runtime/index.ts";
import type { FactorSignal, TrajectorySignal } from "../signals/index.ts";
import { factorScores, type FactorScoresInput } from "./factor-scores.ts";
import type { Task } from "./task.ts";

export interface FactorTeaching {
  readonly method: FactorMethod;
  readonly methodOptions: Readonly<Record<string, unknown>>;
  readonly signal: FactorSignal;
  readonly device?: Device | undefined;
}

export interface TrajectoryTeaching {
  readonly method: TrajectoryMethod;
  readonly methodOptions: Readonly<Record<string, unknown>>;
  readonly signal: TrajectorySignal;
  /** The items that models are chosen by. */
  readonly valid: Sequences;
  readonly device?: Device | undefined;
}

export type Teaching = FactorTeaching | TrajectoryTeaching;

export interface Taught {
  /** The model's weights and the method's own, which are named "method.*". */
  readonly weights: Parameters;
  readonly leaves: Leaves;
  readonly own: FactorStudent["own"];
  readonly plan: FactorPlan;
  readonly onOneThread: boolean;
  /** @returns the method's loss beside the student's own. @param times what the method's counts, a scalar */
  readonly loss: (base: () => Tensor, student: FactorStudent, times?: Tensor) => Tensor;
}

/** What {@link taught} is given of the student: its sizes, and its vectors as they are at each call. */
type StudentSide = Pick<FactorScoresInput, "users" | "items" | "width" | "vectors">;
type Given = Teaching & { weights: Parameters; train: Sequences; random: Random };

const fromTrajectory = <G>(given: G & Teaching): given is G & TrajectoryTeaching =>
  given.method.signal === "trajectory";

export async function taught(given: Given, student: StudentSide): Promise<Taught> {
  const { users, items, width } = student;
  const { train, device } = given;
  const scores = await factorScores({ users, items, train, device, width, vectors: student.vectors });
  const sides = { student: scores, train, users, items };
  return fromTrajectory(given) ? byTrajectory(given, sides, width) : byFactors(given, sides, width);
}

async function byTrajectory(
  { method, methodOptions: o, signal, valid, train, weights }: Given & TrajectoryTeaching,
  sides: Omit<Sides<never>, "teacher">,
  student: number,
): Promise<Taught> {
  const { tail } = groupUsers(train);
  const plan = await method.plan({ ...sides, teacher: signal, valid, tail }, o);
  const base = method.baseWeight(o);
  return {
    weights,
    leaves: leavesOf(weights),
    own: {},
    plan,
    onOneThread: method.onOneThread?.(o) ?? false,
    loss: (own, asked, times) => {
      const distilled = counted(method.loss(asked, { ...sides, student }, o), times);
      return base === 0 ? distilled : add(mul(own(), base), distilled);
    },
  };
}

async function byFactors(
  { method, methodOptions: o, signal, train, device, weights, random }: Given & FactorTeaching,
  sides: Omit<Sides<never>, "teacher">,
  student: number,
): Promise<Taught> {
  const { users, items } = sides;
  const sizes = { users, items, teacher: signal.manifest.width, student };
  const extra = method.parameters?.(sizes, o, random.split("own")) ?? {};
  const names = Object.keys(extra).map((name) => [`method.${name}`, name] as const);
  const all = { ...weights, ...Object.fromEntries(names.map(([long, name]) => [long, extra[name]!])) };
  const leaves = leavesOf(all);
  const scores = await factorScores({
    ...{ users, items, train, device, width: sizes.teacher },
    vectors: () => signal,
    fixed: true,
  });
  const teacher = { scores, users: signal.users, items: signal.items };
  return {
    weights: all,
    leaves,
    own: Object.fromEntries(names.map(([long, name]) => [name, leaves[long]!])),
    plan: await method.plan({ ...sides, teacher }, o),
    onOneThread: method.onOneThread?.(o) ?? false,
    loss: (own, asked, times) => add(own(), counted(method.loss(asked, sizes, o), times)),
  };
}

const counted = (loss: Tensor, times: Tensor | undefined) => (times === undefined ? loss : mul(loss, times));

/** What a task says of a method's plan. */
export function preparation(plan: FactorPlan, random: Random): Pick<Task, "prepare" | "memory" | "settled"> {
  return {
    ...(plan.prepare && { prepare: (epoch) => plan.prepare!(random.split("prepare", epoch), epoch) }),
    ...(plan.settled && { settled: () => plan.settled!() }),
    memory: plan.memory,
  };
}
