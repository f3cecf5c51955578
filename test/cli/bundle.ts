import { datasetFromLists, type Dataset } from "../../src/dataset/index.ts";
import { writeBundle } from "../../src/export/index.ts";
import { mf, type TrainedModel } from "../../src/models/index.ts";
import { Random } from "../../src/random.ts";

/** Writes an untrained MF of 3 users and 5 titled items. */
export async function writeSmallBundle(directory: string): Promise<void> {
  const dataset = datasetFromLists(
    [
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
    ],
    { name: "corner shop", titles: ["Ale", "Bread", "Cheese", "Dates", "Eggs"] },
  );
  await writeMfBundle(directory, dataset, 1);
}

/** Writes an untrained MF, drawn from the seed; its scores are known without any graph: U E^T. */
export async function writeMfBundle(directory: string, dataset: Dataset, seed: number): Promise<void> {
  const { users, items } = dataset.manifest.counts;
  const model = mf as TrainedModel;
  const options = model.options.parse({ width: 4 });
  const weights = model.parameters({ users, items }, options, new Random(seed));
  const [u, e] = [weights["users"]!.data, weights["items"]!.data];
  const dot = (user: number, item: number) =>
    [0, 1, 2, 3].reduce((s, d) => s + u[user * 4 + d]! * e[item * 4 + d]!, 0);
  const scores = (user: number) => Array.from({ length: items }, (_, item) => dot(user, item));
  const score = (of: Int32Array) => Promise.resolve(Float32Array.from([...of].flatMap(scores)));
  await writeBundle({
    directory,
    force: false,
    name: dataset.manifest.name,
    model,
    options,
    weights,
    dataset,
    scorer: { items, score },
    probes: { users: Int32Array.of(0, 2), histories: [Int32Array.of(0), Int32Array.of(2)] },
    training: {},
    created: "2026-01-01T00:00:00Z",
  });
}
