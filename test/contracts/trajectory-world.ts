/** Two teachers with three states each, of the users and items of factor-world.ts. */
import { fromLists } from "../../src/dataset/index.ts";
import type { FactorPlan, TrajectoryMethod, TrajectorySides } from "../../src/methods/index.ts";
import { parseOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import type { Factors, TrajectorySignal, TrajectoryState } from "../../src/signals/index.ts";
import {
  fed,
  histories,
  items,
  randomFactors,
  studentOf,
  users,
  worldOf,
  type Prepared,
} from "./factor-world.ts";

/** A signal of given lists: [teacher][state][user]. @param own [teacher][state], aligned with training items */
export function signalOfLists(
  lists: readonly (readonly (readonly (readonly number[])[])[])[],
  k: number,
  own: readonly (readonly (readonly number[])[])[] = [],
  spread: number | null = null,
): TrajectorySignal {
  const states = lists.map((teacher, x) =>
    teacher.map((rows, e): TrajectoryState => {
      const table = new Int32Array(rows.length * k).fill(-1);
      rows.forEach((row, u) => table.set(row.slice(0, k), u * k));
      return {
        lists: table,
        own: Int32Array.from(own[x]?.[e] ?? []),
        spread: spread === null ? null : new Float32Array(table.length).fill(spread),
      };
    }),
  );
  const teachers = lists.map((teacher, x) => {
    return { name: `teacher ${x}`, source: "", version: "", epochs: [...teacher.keys()] };
  });
  return {
    directory: "made",
    manifest: { schema: 1, kind: "trajectory", dataset: "", k, teachers, hash: "" },
    states,
  };
}

/** Random orders of unseen items, six of them; the second teacher knows nothing of user 1. */
export function randomTrajectory(seed = 1): TrajectorySignal {
  const random = new Random(seed);
  const orders = [0, 1].map((x) =>
    [0, 1, 2].map(() =>
      histories.map((history, u) => {
        const unseen = [...Array(items).keys()].filter((item) => !history.includes(item));
        return x === 1 && u === 1
          ? []
          : Array.from(random.sample(unseen.length, unseen.length), (p) => unseen[p]!);
      }),
    ),
  );
  const places = [0, 1].map(() =>
    [0, 1, 2].map(() => histories.flatMap((h) => Array.from(random.sample(h.length, h.length)))),
  );
  const signal = signalOfLists(orders, 6, places);
  for (const state of signal.states.flat())
    Object.assign(state, { spread: Float32Array.from(state.lists, () => 20 * random.uniform()) });
  return signal;
}

export interface TrajectoryWorld {
  readonly sides: TrajectorySides;
  /** Its numbers may be changed: the sides see it. */
  readonly student: Factors;
}

export async function trajectoryWorld(signal = randomTrajectory()): Promise<TrajectoryWorld> {
  const { sides, student } = await worldOf(randomFactors(3, 1), randomFactors(2, 2));
  const valid = fromLists([[6], [0, 11], [4], [], [10]]);
  const tail = Uint8Array.of(0, 1, 1, 0, 0);
  return { sides: { ...sides, teacher: signal, valid, tail }, student };
}

/** A method made ready on a world, before the epochs up to `epoch`. */
export async function preparedFor<O>(
  method: TrajectoryMethod<O>,
  { sides, student }: TrajectoryWorld,
  given: Record<string, unknown> = {},
  epoch = 0,
): Promise<Prepared<O>> {
  const o = parseOptions(method.options, given, method.name) as O;
  const plan: FactorPlan = await method.plan(sides, o);
  for (let e = 0; e <= epoch; e++) await plan.prepare?.(new Random(e), e);
  const width = student.users.width;
  const loss = method.loss(studentOf(width, {}), { users, items, student: width }, o);
  return { o, own: {}, ...fed({ plan, loss }, student) };
}
