/** Epochs of HetComp and of its student alone, as recipes/hetcomp.ts trains them, at the size of CiteULike; without validation. */
import {
  bprOptions,
  bprTask,
  factorOptions,
  factorTask,
  modelNamed,
  Random,
  row,
  trajectoryMethodNamed,
  type Dataset,
  type Task,
  type TrajectorySignal,
  type UserModel,
} from "../src/index.ts";
import type { Bench } from "./bench.ts";
import { citeulikeSized, items, users } from "./mf-epoch.bench.ts";
import { nextEpoch, training } from "./training.ts";

const [width, batchSize] = [20, 1024];
const [teachers, states, k] = [6, 4, 100];
const model = modelNamed("mf") as UserModel;

const fitted = { learningRate: 0.01, beta2: 0.999, weightDecay: 1e-5, untouched: "move" };

/** The loss until the last states are reached, and the one afterwards; over all of a batch's users, and over a share of them. */
const ways = [
  { name: "epoch-hetcomp", loss: "L_O", transfer: "overall", taughtShare: 1 },
  { name: "epoch-hetcomp-finer", loss: "L_F", transfer: "finer", taughtShare: 1 },
  { name: "epoch-hetcomp-share", loss: "L_O, taughtShare .25", transfer: "overall", taughtShare: 0.25 },
  { name: "epoch-hetcomp-finer-share", loss: "L_F, taughtShare .25", transfer: "finer", taughtShare: 0.25 },
] as const;

export const hetcompEpochs: readonly Bench[] = ways.map(({ name, loss, ...way }) => ({
  name,
  what: `HetComp epoch, ${loss}, six teachers to MF D=${width}, ${users} users x ${items} items`,
  goal: "0.33x, three times an epoch of the student alone",
  warmup: 1,
  repeats: 5,
  peer: null,
  async open() {
    const { dataset } = citeulikeSized({ train: 0.6, valid: 0.2 });
    const [taught, alone] = [
      training(await taughtTask(dataset, way), fitted),
      training(aloneTask(dataset), fitted),
    ];
    return {
      run: () => nextEpoch(taught),
      beside: { name: "the student alone", run: () => nextEpoch(alone) },
      peer: {},
      note: "made data of the size of CiteULike; the student's ranking included, no validation, no check of the curriculum",
    };
  },
}));

const given = ({ train }: Dataset) => {
  const random = new Random(2);
  const modelOptions = model.options.parse({ width, deviation: 0.01 });
  return {
    model,
    modelOptions,
    weights: model.parameters({ users, items }, modelOptions, random),
    train,
    users: Int32Array.from({ length: users }, (_, u) => u),
    random,
  };
};

const aloneTask = (dataset: Dataset): Task =>
  bprTask(given(dataset), bprOptions.parse({ batchSize, reduction: "sum" }));

function taughtTask(
  dataset: Dataset,
  { transfer, taughtShare }: Pick<(typeof ways)[number], "transfer" | "taughtShare">,
): Promise<Task> {
  const method = trajectoryMethodNamed("hetcomp");
  const methodOptions = method.options.parse({ rest: 512, curriculum: "none", transfer });
  const signal = madeTrajectory(dataset);
  return factorTask(
    { ...given(dataset), method, methodOptions, signal, valid: dataset.valid },
    factorOptions.parse({ batchSize, reduction: "sum", taughtShare }),
  );
}

/** Unseen items of every user, popular ones more often, in the order they were drawn; a user's own in any. */
function madeTrajectory({ train }: Dataset): TrajectorySignal {
  const random = new Random(3);
  const met = new Int32Array(items).fill(-1); // the last list an item was in, or closed for
  let list = 0;
  const lists = () => {
    const table = new Int32Array(users * k);
    for (let u = 0, at = 0; u < users; u++, list++) {
      for (const item of row(train, u)) met[item] = list;
      for (const end = at + k; at < end;) {
        const item = Math.floor(items ** random.uniform());
        if (met[item] !== list) table[at++] = item;
        met[item] = list;
      }
    }
    return table;
  };
  const own = new Int32Array(train.items.length);
  for (let u = 0; u < users; u++) row({ ...train, items: own }, u).forEach((_, n, mine) => (mine[n] = n));
  const made = (n: number) => Array.from({ length: n }, () => ({ lists: lists(), own, spread: null }));
  const known = { name: "", source: "", version: "", epochs: Array.from({ length: states }, (_, e) => e) };
  const manifest = { teachers: Array.from({ length: teachers }, () => known), schema: 1 } as const;
  return {
    directory: "",
    manifest: { ...manifest, kind: "trajectory", dataset: "", k, hash: "" },
    states: Array.from({ length: teachers }, () => made(states)),
  };
}
