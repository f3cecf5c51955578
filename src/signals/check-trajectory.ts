/** Whether lists and places are those of a dataset. */
import { lengthOf, row, type Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Trajectory, TrajectoryState } from "./types.ts";

/** @throws UserError "input" that names the teacher, the state and the user. */
export function checkTrajectory({ k, teachers, states }: Trajectory, dataset: Dataset, where: string): void {
  const repeated = teachers.find(({ name }, x) => teachers.findIndex((other) => other.name === name) !== x);
  if (repeated !== undefined) throw wrong(where, "a name for each teacher", `two of ${repeated.name}`);
  const counts = teachers.map(({ name }, x) => `${name} has ${states[x]!.length}`);
  if (states.some((own) => own.length !== states[0]!.length))
    throw wrong(where, "as many states of every teacher", counts.join(", "));
  const mark = new Int32Array(dataset.items.size).fill(-1);
  for (const [x, own] of states.entries())
    for (const [e, state] of own.entries()) {
      const at = `${where}, teacher ${teachers[x]!.name}, state ${e + 1}`;
      checkSizes(state, k, dataset, at);
      checkLists(state.lists, k, dataset, mark.fill(-1), at);
      checkOwn(state.own, dataset, at);
      const bad = state.spread?.findIndex((s) => !(s >= 0 && s < Infinity)) ?? -1;
      if (bad >= 0) throw wrong(at, "deviations of at least 0", String(state.spread![bad]));
    }
}

function checkSizes({ lists, own, spread }: TrajectoryState, k: number, dataset: Dataset, at: string): void {
  const [users, places] = [dataset.users.size, dataset.train.items.length];
  if (lists.length !== users * k || (spread !== null && spread.length !== users * k))
    throw wrong(at, `${k} items for each of ${users} users`, `${lists.length} in all`);
  if (own.length !== places) throw wrong(at, `places of ${places} training items`, String(own.length));
}

/** @param mark [I] of -1, a scratch: the user whose an item is, or who has it listed */
function checkLists(lists: Int32Array, k: number, { train, items }: Dataset, mark: Int32Array, at: string) {
  for (let u = 0; u * k < lists.length; u++) {
    for (const item of row(train, u)) mark[item] = u;
    let ended = false;
    for (let n = u * k; n < (u + 1) * k; n++) {
      const item = lists[n]!;
      if (item === -1) ended = true;
      else if (ended || item < -1 || item >= items.size || mark[item] === u)
        throw wrong(at, "distinct items that are not of the user's training", `item ${item} of user ${u}`);
      else mark[item] = u;
    }
  }
}

function checkOwn(own: Int32Array, { train, users }: Dataset, at: string): void {
  for (let u = 0; u < users.size; u++)
    for (let n = train.offsets[u]!; n < train.offsets[u + 1]!; n++)
      if (own[n]! < -1 || own[n]! >= lengthOf(train, u))
        throw wrong(at, "places among a user's training items", `${own[n]!} of user ${u}`);
}

const wrong = (where: string, expected: string, got: string) =>
  complain("input", { where, expected, got, fix: "Make the lists again from this dataset" });
