import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datasetFromLists, row } from "../../../src/dataset/index.ts";
import { Database, literal } from "../../../src/interactions/index.ts";
import {
  importTrajectory,
  joinTrajectories,
  openTrajectorySignal,
  signalKind,
  usersWithout,
  writeTrajectorySignal,
  type Trajectory,
  type TrajectoryState,
} from "../../../src/signals/index.ts";
import { scratch } from "../scratch.ts";

const folder = await scratch();
/** In training: user 0 has 0 and 1, user 1 has 3 and 2, user 2 has 4. */
const dataset = datasetFromLists(
  [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [4, 0, 1],
  ],
  { items: 6 },
);

const state = (lists: number[], spread: number[] | null = null, own = [1, 0, 0, 1, -1]): TrajectoryState => ({
  lists: Int32Array.from(lists),
  own: Int32Array.from(own),
  spread: spread && Float32Array.from(spread),
});
const teacher = (name: string, epochs = [5, 20]) => ({ name, source: `from/${name}`, version: "1", epochs });
const early = state([2, 3, 0, 1, -1, -1]);
const late = state([5, 2, 1, 0, 3, 2], [0.5, 1, 0, 2, 1.25, 0]);
const one: Trajectory = { k: 2, teachers: [teacher("mf")], states: [[early, late]] };

const written = async (name: string, trajectory = one) => {
  await writeTrajectorySignal(folder.path(name), trajectory, dataset);
  return folder.path(name);
};

it("what is written is what is opened, and names its kind", async () => {
  const two = { ...one, teachers: [teacher("mf"), teacher("gru")], states: [...one.states, [late, early]] };
  const directory = folder.path("whole");
  const manifest = await writeTrajectorySignal(directory, two, dataset);
  const opened = await openTrajectorySignal(directory, dataset);
  expect(opened).toEqual({ directory, manifest, states: two.states });
  expect(manifest).toMatchObject({
    kind: "trajectory",
    dataset: dataset.manifest.hash,
    k: 2,
    teachers: two.teachers,
  });
  expect(await signalKind(directory)).toBe("trajectory");
  await expect(writeTrajectorySignal(directory, two, dataset)).rejects.toThrow("an existing signal");
});

it.each([
  ["an item of training", state([0, 3, 0, 1, -1, -1]), "user's training, got item 0 of user 0"],
  ["an item twice", state([2, 2, 0, 1, -1, -1]), "got item 2 of user 0"],
  ["an item that is none", state([2, 6, 0, 1, -1, -1]), "got item 6 of user 0"],
  ["a gap", state([-1, 2, 0, 1, -1, -1]), "got item 2 of user 0"],
  ["another size", state([2, 3, 0, 1]), "2 items for each of 3 users, got 4 in all"],
  ["places of another size", state([2, 3, 0, 1, -1, -1], null, [0]), "places of 5 training items, got 1"],
  ["a place too far", state([2, 3, 0, 1, -1, -1], null, [2, 0, 0, 1, 0]), "got 2 of user 0"],
  ["no deviation", state([2, 3, 0, 1, -1, -1], [0, 0, 0, NaN, 0, 0]), "at least 0, got NaN"],
])("refuses %s, and leaves nothing behind", async (name, wrong, message) => {
  await expect(written(name, { ...one, states: [[early, wrong]] })).rejects.toThrow(message);
  await expect(openTrajectorySignal(folder.path(name), dataset)).rejects.toMatchObject({ code: "not-found" });
});

describe("a signal that is not", () => {
  const damage: [string, (directory: string) => Promise<unknown>, string][] = [
    ["whole", (at) => truncate(`${at}/0-1.safetensors`, 150), "expected a whole safetensors file"],
    ["complete", (at) => rm(`${at}/0-0.safetensors`), "got no such file"],
    [
      "itself",
      async (at) => writeFile(`${at}/0-0.safetensors`, await readFile(`${at}/0-1.safetensors`)),
      "hash",
    ],
    [
      "described",
      (at) => writeFile(`${at}/manifest.json`, '{"kind":"trajectory"}'),
      "expected the manifest of a trajectory signal, got one of another version or damaged, at its field schema. Make it again",
    ],
    ["there", (at) => rm(`${at}/manifest.json`), "expected a trajectory signal, a folder with"],
  ];
  it.each(damage)("%s is refused", async (name, harm, message) => {
    const directory = await written(`damaged ${name}`);
    await harm(directory);
    await expect(openTrajectorySignal(directory, dataset)).rejects.toThrow(message);
  });

  it("of this dataset is refused", async () => {
    const other = datasetFromLists([[0, 1, 2, 3]], { items: 6 });
    await expect(openTrajectorySignal(await written("other data"), other)).rejects.toMatchObject({
      code: "conflict",
    });
  });
});

describe("joined", () => {
  const opened = async (name: string, trajectory: Trajectory) =>
    openTrajectorySignal(await written(`join ${name}`, trajectory), dataset);

  it("teachers come in order, lists cut to the shortest", async () => {
    const longer = {
      k: 3,
      teachers: [teacher("gru", [1, 2])],
      states: [
        [
          state([2, 3, 4, 0, 1, -1, 0, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
          state([2, 3, 4, 0, 1, -1, -1, -1, -1]),
        ],
      ],
    };
    const found = joinTrajectories([await opened("longer", longer), await opened("mf", one)]);
    expect(found.k).toBe(2);
    expect(found.teachers).toEqual([teacher("gru", [1, 2]), teacher("mf")]);
    expect(found.states[0]![0]).toEqual(state([2, 3, 0, 1, 0, 1], [1, 2, 4, 5, 7, 8]));
    expect(found.states[1]).toEqual(one.states[0]);
    expect(usersWithout(found)).toEqual([1, 1]);
  });

  it("teachers of one name, or of different numbers of states, are refused", async () => {
    const mf = await opened("one name", one);
    expect(() => joinTrajectories([mf, mf])).toThrow("two called mf. Name each: mf=from/mf");
    const short = await opened("short", { k: 2, teachers: [teacher("gru", [7])], states: [[late]] });
    expect(() => joinTrajectories([mf, short])).toThrow("as many states of each, got 2 of mf, 1 of gru");
  });
});

interface Row {
  teacher: string;
  state: number;
  user: string;
  rank: number;
  item: string;
}
const csv = (rows: readonly Row[]) =>
  [
    "teacher,state,user_id,rank,item_id",
    ...rows.map((r) => [r.teacher, r.state, r.user, r.rank, r.item].join()),
  ].join("\n");
const fromRows = async (name: string, rows: readonly Row[]) =>
  importTrajectory(await folder.write(`${name}.csv`, csv(rows)), dataset);
/** Ranks items of one list from 1. */
const list = (teacher: string, state: number, user: string, items: string[]): Row[] =>
  items.map((item, n) => ({ teacher, state, user, rank: n + 1, item }));

describe("imported", () => {
  const rows = [
    ...list("b", 30, "0", ["1", "5", "0", "2", "x"]),
    ...list("b", 10, "1", ["0"]),
    ...list("a", 7, "1", ["5", "y", "4", "3"]),
    ...list("a", 2, "nobody", ["1", "2"]),
    ...list("a", 2, "2", ["4", "3"]),
  ];

  it("training items give the user's own order, unknown ids are left out and counted", async () => {
    const { trajectory, counts } = await fromRows("whole", rows.toReversed());
    expect(counts).toEqual({
      rows: 14,
      unknownUsers: { ids: 1, rows: 2, such: ["nobody"] },
      unknownItems: { ids: 2, rows: 2, such: ["y", "x"] },
      training: 4,
      longest: { a: 2, b: 2 },
    });
    expect(trajectory.teachers.map(({ name, epochs }) => [name, epochs])).toEqual([
      ["a", [2, 7]],
      ["b", [10, 30]],
    ]);
    expect(trajectory.states).toEqual([
      [
        state([-1, -1, -1, -1, 3, -1], null, [-1, -1, -1, -1, 0]),
        state([-1, -1, 5, 4, -1, -1], null, [-1, -1, 0, -1, -1]),
      ],
      [
        state([-1, -1, 0, -1, -1, -1], null, [-1, -1, -1, -1, -1]),
        state([5, 2, -1, -1, -1, -1], null, [1, 0, -1, -1, -1]),
      ],
    ]);
    expect(usersWithout(trajectory)).toEqual([3, 3]);
  });

  it("is the same from .jsonl and .parquet; lists are cut to the shortest of the teachers", async () => {
    const more = [...rows, ...list("a", 7, "0", ["2", "3", "4"])];
    const straight = await fromRows("more", more);
    expect([straight.trajectory.k, straight.counts.longest]).toEqual([2, { b: 2, a: 3 }]);
    const jsonl = await folder.write("more.jsonl", more.map((r) => JSON.stringify(r)).join("\n"));
    const parquet = folder.path("more.parquet");
    const db = await Database.open(folder.path(""));
    await db.run(`COPY (SELECT * FROM read_json(${literal(jsonl)})) TO ${literal(parquet)} (FORMAT parquet)`);
    db.close();
    for (const file of [jsonl, parquet]) {
      const { trajectory, counts } = await importTrajectory(file, dataset);
      expect(trajectory.states).toEqual(straight.trajectory.states);
      expect(counts).toEqual(straight.counts);
    }
  });

  it.each([
    [
      "a rank twice",
      [...rows, { ...rows[0]!, item: "4" }],
      "each rank once in a list, got rank 1 2 times in that of user 0 by teacher b at state 30",
    ],
    ["an item twice", [...rows, { ...rows[0]!, rank: 9 }], "each item once in a list, got item 1 2 times"],
    [
      "a missing state",
      rows.filter(({ state: s }) => s !== 7),
      "as many states of every teacher, got b at 10, 30; a at 2",
    ],
    [
      "rank 0",
      [...rows, { ...rows[0]!, rank: 0 }],
      'row 15 under the header: expected a rank, a whole number of at least 1, got "0"',
    ],
    [
      "half a state",
      [{ ...rows[0]!, state: 1.5 }],
      'expected a state, a whole number of at least 0, got "1.5"',
    ],
    ["a nameless teacher", [{ ...rows[0]!, teacher: " " }], "expected the name of a teacher, got nothing"],
    [
      "nothing known",
      list("a", 1, "no", ["no"]),
      "none of a: 0 rows of training items, unknown ids such as no",
    ],
    [
      "training alone",
      list("a", 1, "0", ["0", "1"]),
      "none of a: 2 rows of training items, unknown ids none",
    ],
  ])("%s is said", async (name, wrong, message) => {
    await expect(fromRows(name, wrong)).rejects.toThrow(message);
  });

  it("a file without a column, or of another kind, is said", async () => {
    const less = await folder.write("less.csv", "teacher,state,user,item\na,1,0,2\n");
    await expect(importTrajectory(less, dataset)).rejects.toThrow(
      "expected the columns teacher, state, user, rank, item, got teacher, state, user, item",
    );
    const other = await folder.write("other.tsv", "teacher\tstate\n");
    await expect(importTrajectory(other, dataset)).rejects.toThrow(
      "expected a .csv, .jsonl or .parquet file",
    );
    const riddle = await folder.write("riddle.txt", "hello there\n");
    await expect(importTrajectory(riddle, dataset)).rejects.toThrow(
      "got neither. Write it as .csv, .jsonl or .parquet, and name it so.",
    );
    await expect(importTrajectory("nowhere.csv", dataset)).rejects.toMatchObject({ code: "not-found" });
  });

  it("rankings of everything become lists of what is unseen and places of what is not", async () => {
    const ranking = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]); // 6 and 7 are unknown
    const rankings = fc.array(
      fc.array(fc.array(ranking, { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
      {
        minLength: 8,
        maxLength: 12,
      },
    );
    const flat = (all: number[][][][]) =>
      all.flatMap((states, x) =>
        states.flatMap((users, e) =>
          users.flatMap((items, u) => list(`t${x}`, e, String(u), items.map(String))),
        ),
      );
    await fc.assert(
      fc.asyncProperty(rankings, async (all) => {
        const has = (u: number) => new Set(u < 3 ? row(dataset.train, u) : []);
        const unseen = (items: number[], u: number) => items.filter((i) => i < 6 && !has(u).has(i));
        const longest = all.map((states) =>
          Math.max(...states.flat().map((items, n) => (n % 4 < 3 ? unseen(items, n % 4).length : 0))),
        );
        fc.pre(
          Math.min(...longest) > 0 &&
            all.every((states) => states.every((users) => users.some((l) => l.length > 0))),
        );
        const { trajectory } = await fromRows("random", flat(all));
        expect(trajectory.k).toBe(Math.min(...longest));
        const { k } = trajectory;
        for (const [x, states] of all.entries())
          for (const [e, users] of states.entries()) {
            const at = trajectory.teachers.findIndex(({ name }) => name === `t${x}`);
            const found = trajectory.states[at]![e]!;
            for (let u = 0; u < 3; u++) {
              const wanted = unseen(users[u]!, u).slice(0, k);
              expect([...found.lists.subarray(u * k, (u + 1) * k)].filter((i) => i >= 0)).toEqual(wanted);
              const mine = users[u]!.filter((i) => has(u).has(i));
              const { offsets } = dataset.train;
              expect([...found.own.subarray(offsets[u], offsets[u + 1])]).toEqual(
                Array.from(row(dataset.train, u), (i) => mine.indexOf(i)),
              );
            }
          }
        await writeTrajectorySignal(folder.path("random"), trajectory, dataset, { force: true });
      }),
      { numRuns: 2 },
    );
  });
});
