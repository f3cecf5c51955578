import { join } from "node:path";
import {
  datasetFromLists,
  makeShop,
  openDataset,
  writeDataset,
  type Dataset,
  type Shop,
} from "../../../src/dataset/index.ts";
import type { Run } from "../../../src/events.ts";
import { Random } from "../../../src/random.ts";
import { distillRun, trainRun, type Produced, type RunInput } from "../../../src/runs/index.ts";
import { openListSignal, type ListSignalManifest } from "../../../src/signals/index.ts";
import { httpTeacher, loadAdapter, probe } from "../../../src/teachers/index.ts";
import type { Io } from "../../frame/types.ts";
import { serveBlackBox } from "./black-box.ts";
import { measureAll, type Measurement } from "./measure.ts";
import { device, students, type DemoSettings } from "./settings.ts";
import { byEpoch, Stages, type StageTime } from "./stage.ts";

/** The parts of a demo's folder. */
export const places = (home: string) => ({
  data: join(home, "data"),
  signals: join(home, "signals"),
  bundle: (name: string) => join(home, "bundles", name),
  report: join(home, "report.html"),
  numbers: join(home, "demo.json"),
});

export interface Told {
  readonly shop: Shop;
  readonly dataset: Dataset;
  readonly signal: ListSignalManifest;
  /** The teacher, then the students in their order. */
  readonly produced: readonly Produced[];
  /** The oracle, the teacher, then the students. */
  readonly measured: readonly Measurement[];
  readonly stages: readonly StageTime[];
}

/**
 * The whole story: a shop, a teacher trained on everybody, an owner of some of its users who may ask it over HTTP, and
 * students made from that.
 * @param home where it all goes @param port of the teacher's server; 0 is any free one
 */
export async function tell(home: string, settings: DemoSettings, port: number, io: Io): Promise<Told> {
  const stages = new Stages(io);
  const at = places(home);
  const { shop, dataset } = await stages.run("shop", openShop(settings, at.data, io), ({ dataset }) => {
    const { users, items, interactions } = dataset.manifest.counts;
    return `${say(users)} users, ${say(items)} items, ${say(interactions)} interactions`;
  });
  const teacher = await stages.run(
    "teacher",
    byEpoch("teacher", train(settings, dataset, home, io)),
    trained,
  );
  const signal = await stages.run("probe", ask(settings, dataset, home, port, io), asked);
  const produced = [teacher];
  for (const { name, method, title } of students) {
    const run = distill(method, name, settings, dataset, home, io);
    produced.push(await stages.run(title, byEpoch(title, run), trained));
  }
  const bundles = ["teacher", ...students.map(({ name }) => name)].map(at.bundle);
  const random = new Random(io.seed).split("demo");
  const measured = await stages.run("evaluate", measureAll(shop, dataset, bundles, random, io), (all) => {
    return `${all.length} systems on the test items of ${say(all[0]!.evaluation.users)} users`;
  });
  return { shop, dataset, signal, produced, measured, stages: stages.times };
}

const say = (count: number) => count.toLocaleString("en");

function trained({ manifest: { training, sizes } }: Produced): string {
  return `${say(sizes.parameters)} parameters, ${String(training.epochs)} epochs, best ${String(training.bestEpoch)}`;
}

function asked({ counts, users }: ListSignalManifest): string {
  return `${say(counts.paid)} queries for ${say(users.count)} owned users`;
}

async function* openShop(
  { shop: sizes }: DemoSettings,
  directory: string,
  io: Io,
): Run<{ shop: Shop; dataset: Dataset }> {
  yield { type: "stage", name: "shop", total: null, unit: "users" };
  const shop = makeShop({ ...sizes, seed: io.seed });
  const made = datasetFromLists(shop.histories, { items: sizes.items, titles: shop.titles });
  await writeDataset(made, directory, { name: "a made-up shop" });
  return { shop, dataset: await openDataset(directory) };
}

function runInput(
  out: string,
  dataset: Dataset,
  settings: Readonly<Record<string, unknown>>,
  io: Io,
): RunInput {
  const created = new Date().toISOString();
  return {
    dataset,
    out,
    force: false,
    resume: false,
    seed: io.seed,
    created,
    settings,
    device,
    abort: io.signal,
  };
}

function train({ teacher }: DemoSettings, dataset: Dataset, home: string, io: Io): Run<Produced> {
  const input = runInput(places(home).bundle("teacher"), dataset, teacher, io);
  return trainRun({ ...input, model: "sasrec", users: { share: 1, seed: io.seed } });
}

/** The owner's side: a URL, the histories of some users and a budget. */
async function* ask(
  { k, share, queriesPerUser, shop, student }: DemoSettings,
  dataset: Dataset,
  home: string,
  port: number,
  io: Io,
): Run<ListSignalManifest> {
  const at = places(home);
  const server = await serveBlackBox(at.bundle("teacher"), port);
  const teacher = httpTeacher(server.url, await loadAdapter("potstill"), {});
  try {
    return yield* probe({
      dataset,
      teacher,
      out: at.signals,
      k,
      share,
      seed: io.seed,
      budget: Math.round(share * shop.users) * queriesPerUser,
      scales: [0.25, 0.5, 0.75],
      maxLength: Number(student["maxLength"]),
      prefixViews: false,
      qps: null,
      concurrency: 16,
      timeoutMs: 30_000,
      signal: io.signal,
    });
  } finally {
    await teacher.close();
    await server.stop();
  }
}

async function* distill(
  method: string,
  name: string,
  settings: DemoSettings,
  dataset: Dataset,
  home: string,
  io: Io,
): Run<Produced> {
  const at = places(home);
  const signal = await openListSignal(at.signals, dataset);
  const input = runInput(at.bundle(name), dataset, settings.student, io);
  return yield* distillRun({ ...input, signal, method, student: "sasrec" });
}
