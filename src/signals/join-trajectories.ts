/** Signals of several teachers as one. */
import { complain } from "../errors.ts";
import type { Trajectory, TrajectorySignal, TrajectoryState } from "./types.ts";

/**
 * @returns the teachers of all in order, every list cut to the shortest.
 * @throws UserError "conflict" where two are called the same, or have not the same number of states.
 */
export function joinTrajectories(signals: readonly TrajectorySignal[]): Trajectory {
  const teachers = signals.flatMap(({ manifest }) => manifest.teachers);
  const states = signals.flatMap((signal) => signal.states);
  const twice = teachers.find(({ name }, x) => teachers.findIndex((other) => other.name === name) !== x);
  if (twice !== undefined)
    throw complain("conflict", {
      where: twice.source,
      expected: "teachers of different names",
      got: `two called ${twice.name}`,
      fix: `Name each: ${twice.name}=${twice.source}`,
    });
  if (states.some((own) => own.length !== states[0]!.length))
    throw complain("conflict", {
      where: "the teachers",
      expected: "as many states of each",
      got: teachers.map(({ name, epochs }) => `${epochs.length} of ${name}`).join(", "),
      fix: "Train them with the same --trajectory",
    });
  const k = Math.min(...signals.map(({ manifest }) => manifest.k));
  const cut = signals.flatMap((signal) =>
    signal.states.map((own) => own.map((state) => cutState(state, signal.manifest.k, k))),
  );
  return { k, teachers, states: cut };
}

function cutState(state: TrajectoryState, from: number, k: number): TrajectoryState {
  if (from === k) return state;
  const { lists, own, spread } = state;
  return { lists: cutRows(lists, from, k), own, spread: spread && cutRows(spread, from, k) };
}

/** @returns the first k of rows of `from` numbers. */
export function cutRows<A extends Int32Array | Float32Array>(data: A, from: number, k: number): A {
  return data.filter((_, n) => n % from < k) as A;
}

/** @returns of each teacher how many users have no list at one of its states. */
export function usersWithout({ k, states }: Trajectory): number[] {
  return states.map((own) => {
    const users = own[0]!.lists.length / k;
    const without = (u: number) => own.some(({ lists }) => lists[u * k] === -1);
    return Array.from({ length: users }, (_, u) => u).filter(without).length;
  });
}
