/** The experiment on BAHSD is fair by construction: what differs within a table is the method. */
import { describe, expect, it } from "vitest";
import { experimentCells, type Block, type Experiment } from "../../../recipes/bahsd-cells.ts";
import { bahsdBeauty, bahsdMl1m } from "../../../recipes/bahsd.ts";

const row = (method: string, set = {}) => ({ method, set, times: 1 });
const block: Block = {
  teacher: "sasrec",
  student: "same",
  share: "10",
  rows: { none: row("none"), bahsd: row("bahsd"), control: { ...row("bahsd", { floor: 1 }), as: "bahsd" } },
  seeds: 2,
};
const experiment: Experiment = {
  data: "data/tiny",
  teachers: { sasrec: { model: "sasrec", set: {}, minutes: 10 } },
  students: { "sasrec-same": { model: "sasrec", set: { width: 8 }, times: 0.5 } },
  shares: { "10": { users: 0.1, answers: 120_000, set: { epochs: 3 }, minutes: 4 } },
  blocks: [block, { ...block, unlabelled: true, rows: { bahsd: row("bahsd") }, seeds: 1 }],
  labels: { bahsd: 10 },
  tuned: [{ teacher: "sasrec", student: "same", share: "10", rows: { bahsd: row("bahsd") } }],
};
const commandOf = (id: string, seeds = 5) => {
  const [step] = experimentCells(experiment, seeds).find((cell) => cell.id === id)!.steps;
  return "run" in step! ? step.run.join(" ") : step!.during[0]!.join(" ");
};

it("comes block by block, a whole seed before the next, teacher and probe once and first", () => {
  const table = (seed: number) =>
    ["none", "bahsd", "control"].map((name) => `sasrec-same/share-10/${name}/seed-${seed}`);
  expect(experimentCells(experiment, 5).map(({ id }) => id)).toEqual([
    "sasrec/teacher",
    "sasrec/share-10/probe",
    ...table(1),
    ...table(2),
    "sasrec-same/share-10-unlabelled/bahsd/seed-1",
    ...[0.1, 1, 10].map((weight) => `tune/sasrec-same/share-10/bahsd/labels-${weight}`),
  ]);
  expect(experimentCells(experiment, 1).map(({ id }) => id)).not.toContain(table(2)[0]);
});

it("gives a row the tuned weight of its labels, its controls the same, and none where labels are not learned", () => {
  expect(commandOf("sasrec-same/share-10/none/seed-1")).not.toContain("labels=");
  expect(commandOf("sasrec-same/share-10/bahsd/seed-1")).toContain("--set labels=10 ");
  expect(commandOf("sasrec-same/share-10/control/seed-1")).toContain("--set labels=10 ");
  expect(commandOf("sasrec-same/share-10-unlabelled/bahsd/seed-1")).toContain("--set labels=0 ");
  expect(commandOf("tune/sasrec-same/share-10/bahsd/labels-0.1")).toContain("--set labels=0.1 ");
});

it("prefers a weight that was tuned for the pair", () => {
  const apart = { ...experiment, labels: { bahsd: 10, "sasrec-same/bahsd": 0.1, "other-same/bahsd": 1 } };
  const [step] = experimentCells(apart, 1).find(({ id }) => id.endsWith("/bahsd/seed-1"))!.steps;
  expect("run" in step! && step.run).toContain("labels=0.1");
});

it("asks for the owner's users within the budget, and counts minutes by student and answers", () => {
  expect(commandOf("sasrec/share-10/probe")).toContain("--budget 120000 --users 0.1 --seed 7");
  const minutes = new Map(experimentCells(experiment, 1).map((cell) => [cell.id, cell.minutes]));
  expect(minutes.get("sasrec/share-10/probe")).toBe(3);
  expect(minutes.get("sasrec-same/share-10/bahsd/seed-1")).toBe(2);
});

it("serves another teacher for a share of the answers, which has been trained before", () => {
  const other = { ...experiment.teachers, popularity: { model: "popularity", set: {}, minutes: 1 } };
  const falls = { ...experiment.shares["10"]!, fallback: { teacher: "popularity", share: 0.3 } };
  const cells = experimentCells({ ...experiment, teachers: other, shares: { "10": falls } }, 1);
  const [first, second, probe] = cells;
  expect([first!.id, second!.id, probe!.id]).toEqual([
    "sasrec/teacher",
    "popularity/teacher",
    "sasrec/share-10/probe",
  ]);
  expect(probe!.needs).toEqual(["sasrec/teacher", "popularity/teacher"]);
  const [step] = probe!.steps;
  expect("serve" in step! && step.serve.join(" ")).toContain(
    "--fallback bundles/popularity/teacher --fallback-share 0.3",
  );
});

describe.each([bahsdBeauty, bahsdMl1m])("$name", (recipe) => {
  const cells = recipe.cells(5);
  const own = (run: string) => run.replace(/--method \S+|--seed \d+|--out \S+/g, "").trim();

  it("has the same student, training and answers for all rows of a table, but for the method's own settings", () => {
    const shared = new Map<string, Set<string>>();
    const training = /--set ((?:width|blocks|heads|maxLength|dropout|maskProbability|batchSize|epochs)=\S+)|--signals (\S+)|--student (\S+)/g; // prettier-ignore
    for (const { id, steps } of cells) {
      const table = /^(?!tune\/)(.+)\/[^/]+\/seed-\d+$/.exec(id)?.[1];
      if (table === undefined || !("run" in steps[0]!)) continue;
      const same = Array.from(own(steps[0].run.join(" ")).matchAll(training), ([found]) => found).join(" ");
      shared.set(table, (shared.get(table) ?? new Set()).add(same));
    }
    expect(shared.size).toBeGreaterThan(8);
    for (const [table, found] of shared) expect([...found], table).toHaveLength(1);
  });

  it("begins with the main comparison, of five seeds", () => {
    const main = cells.filter(({ id }) => /^sasrec-same\/share-10\/(none|augment|bahsd)\//.test(id));
    expect(main).toHaveLength(15);
    expect(cells.slice(0, 65).map(({ id }) => id)).toEqual(expect.arrayContaining(main.map(({ id }) => id)));
  });

  it("tunes every taught method of the tables it tunes, and alike", () => {
    const tuned = new Map<string, string[]>();
    for (const { id } of cells) {
      const [, table, name] = /^tune\/(.+)\/([^/]+)\/labels-/.exec(id) ?? [];
      if (table !== undefined) tuned.set(table, [...(tuned.get(table) ?? []), name!]);
    }
    expect(tuned.size).toBeGreaterThan(0);
    for (const [table, names] of tuned) {
      const rows = cells.flatMap(({ id }) =>
        id.startsWith(`${table}/`) && id.endsWith("/seed-5") ? id.split("/")[2]! : [],
      );
      const taught = rows.filter((name) => !["none", "cl4srec", "augment"].includes(name));
      expect(names.sort()).toEqual(taught.flatMap((name) => [name, name, name]).sort());
    }
  });
});

it("fits the main comparison, teachers and probes included, into about seventeen hours", () => {
  // controls, students that read views, and the last two seeds of BERT4Rec come after it
  const rows =
    "none|cl4srec|uniform-kl|uniform-kl-2|bahsd|bahsd-brief|rank-margin|repair|list-rd|list-rrd|augment";
  const table = (pair: string, seeds: string) => `${pair}/share-10/(${rows})/seed-${seeds}`;
  const minutesOf = (recipe: typeof bahsdBeauty, ...parts: string[]) =>
    recipe
      .cells(5)
      .filter(({ id }) => new RegExp(`^(${parts.join("|")})$`).test(id))
      .reduce((sum, { minutes }) => sum + minutes, 0);
  const before = (teacher: string) => `${teacher}/(teacher|share-10/probe)`;
  const beauty = [
    before("sasrec"),
    before("bert4rec"),
    table("sasrec-same", "[1-5]"),
    table("bert4rec-same", "[1-3]"),
  ];
  const hours =
    (minutesOf(bahsdBeauty, ...beauty) +
      minutesOf(bahsdMl1m, before("sasrec"), table("sasrec-same", "[1-5]"))) /
    60;
  expect(hours).toBeCloseTo(17, 0);
});
