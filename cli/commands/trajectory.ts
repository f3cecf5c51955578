import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { openDataset, type Dataset } from "../../src/dataset/index.ts";
import { complain } from "../../src/errors.ts";
import { trajectoryFolder } from "../../src/runs/index.ts";
import {
  importTrajectory,
  joinTrajectories,
  openTrajectorySignal,
  usersWithout,
  writeTrajectorySignal,
  type Trajectory,
  type TrajectoryCounts,
  type TrajectorySignal,
  type Unknown,
} from "../../src/signals/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io } from "../frame/types.ts";

const schema = z.object({
  from: z.string().optional(),
  data: z.string(),
  out: z.string(),
  force: z.boolean().default(false),
});

export const command: CommandFile = {
  summary: "join what teachers ranked during training into one signal",
  examples: [
    "potstill trajectory bundles/mf bundles/lightgcn --data data/shop --out signals/teachers",
    "potstill trajectory mf=runs/mf/teacher cml=runs/cml/teacher --data data/shop --out signals/teachers",
    "potstill trajectory --from lists.parquet --data data/shop --out signals/teachers",
  ],
  define(command) {
    command
      .argument(
        "[folders...]",
        "bundles that were trained with --trajectory, or signals; name=folder gives a teacher another name",
      )
      .option(
        "--from <file>",
        "or rows of another framework: teacher, state, user, rank, item (.csv, .jsonl, .parquet)",
      )
      .requiredOption("--data <folder>", "the dataset the teachers were trained on")
      .requiredOption("--out <folder>", "the signal to make")
      .option("--force", "replace the signal if it is there");
  },
  async run(folders, options, io) {
    const { from, data, out, force } = readOptions(schema, options);
    if ((from === undefined) === (folders.length === 0)) throw oneOfTwo(folders);
    const dataset = await openDataset(data);
    const { trajectory, counts } =
      from === undefined
        ? { trajectory: await joined(folders, dataset, io), counts: undefined }
        : await importTrajectory(from, dataset);
    const manifest = await writeTrajectorySignal(out, trajectory, dataset, { force });
    const names = manifest.teachers.map(({ name }) => name);
    const without = Object.fromEntries(usersWithout(trajectory).map((n, x) => [names[x]!, n]));
    for (const line of counts === undefined ? [] : said(counts, manifest.k)) io.note(line);
    for (const name of names)
      if (without[name]! > 0)
        io.note(`${name} has no list at some state for ${without[name]!} of ${dataset.users.size} users.`);
    const states = manifest.teachers[0]!.epochs.length;
    return {
      json: { signal: out, manifest, usersWithoutList: without, ...(counts && { counts }) },
      text: `${out}: ${states} states of ${names.join(", ")}, the best ${manifest.k} items of a user`,
    };
  },
};

async function joined(folders: readonly string[], dataset: Dataset, io: Io): Promise<Trajectory> {
  const signals: TrajectorySignal[] = [];
  for (const folder of folders) signals.push(await opened(folder, dataset));
  const trajectory = joinTrajectories(signals);
  const longer = signals.filter(({ manifest }) => manifest.k > trajectory.k);
  if (longer.length > 0)
    io.note(
      `Lists are cut to ${trajectory.k} items: ${longer.map(({ directory, manifest }) => `${directory} has ${manifest.k}`).join(", ")}.`,
    );
  return trajectory;
}

/** @param folder a bundle or a signal, or one of a teacher that is to be called otherwise: name=folder */
async function opened(folder: string, dataset: Dataset): Promise<TrajectorySignal> {
  const [, name, path = folder] = existsSync(folder) ? [] : (/^([^=/]+)=(.+)$/.exec(folder) ?? []);
  const inside = join(path, trajectoryFolder);
  const bundle = existsSync(join(path, "model.onnx"));
  if (bundle && !existsSync(inside)) throw withoutTrajectory(path);
  const signal = await openTrajectorySignal(bundle ? inside : path, dataset);
  if (name === undefined) return signal;
  const [teacher, ...others] = signal.manifest.teachers;
  if (others.length > 0) throw manyTeachers(folder, signal);
  return { ...signal, manifest: { ...signal.manifest, teachers: [{ ...teacher!, name }] } };
}

function said(
  { rows, unknownUsers, unknownItems, training, longest }: TrajectoryCounts,
  k: number,
): string[] {
  const unknown = (what: string, { ids, rows: left, such }: Unknown) =>
    ids === 0 ? [] : [`${ids} unknown ${what}, such as ${such.join(", ")}: ${left} rows left out.`];
  const longer = Object.entries(longest).filter(([, most]) => most > k);
  return [
    `${rows} rows.`,
    ...unknown("users", unknownUsers),
    ...unknown("items", unknownItems),
    ...(training === 0 ? [] : [`${training} rows of training items give these their order.`]),
    ...(longer.length === 0
      ? []
      : [`Lists are cut to ${k} items: ${longer.map(([name, most]) => `${name} has ${most}`).join(", ")}.`]),
  ];
}

const oneOfTwo = (folders: readonly string[]) =>
  complain("usage", {
    where: "potstill trajectory",
    expected: "bundles and signals to join, or --from",
    got: folders.length === 0 ? "neither" : "both",
    fix: "Run: potstill trajectory --help",
  });

const withoutTrajectory = (where: string) =>
  complain("conflict", {
    where,
    expected: "a bundle that was trained with --trajectory",
    got: "one without",
    fix: "Train it again with --trajectory 4 --force",
  });

const manyTeachers = (where: string, { manifest }: TrajectorySignal) =>
  complain("usage", {
    where,
    expected: "one teacher to name",
    got: `a signal of ${manifest.teachers.map(({ name }) => name).join(", ")}`,
    fix: "Leave the name out",
  });
