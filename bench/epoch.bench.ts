/** An epoch of SASRec on Beauty at T=50: ours packs histories and computes no padding, the peer pads. */
import { fit, fitOptions, Random, type Run, type FitResult } from "../src/index.ts";
import type { Bench } from "./bench.ts";
import { dataFile, readHistories } from "./data.ts";
import { batchSize, sasrecTask } from "./sasrec.ts";

const maxLength = 50;
const dropout = 0.2; // SASRec, section IV-C
const peerSteps = 20;

export const epochs: readonly Bench[] = (["bce", "ce"] as const).map((loss) => ({
  name: `epoch-beauty-${loss}`,
  what: `SASRec epoch on Beauty, B=128 T=${maxLength}, ${loss === "ce" ? "full CE" : "BCE"}, dropout ${dropout}`,
  goal: "4x",
  warmup: 1,
  repeats: 3,
  peer: "epoch",
  open() {
    const file = dataFile("beauty");
    const histories = readHistories(file).map((h) => h.slice(0, -2)); // leave-one-out
    const { task } = sasrecTask(histories, { items: file.items, maxLength, dropout, loss });
    const training = fit({
      task,
      options: fitOptions.parse({ epochs: 1000, validateEvery: 1000 }),
      dropout,
      random: new Random(1),
      validate: () => Promise.resolve(0),
    });
    return Promise.resolve({
      run: () => nextEpoch(training),
      peer: {
        file: file.path,
        users: file.users,
        items: file.items,
        length: maxLength,
        dropout,
        loss,
        batch: batchSize,
        steps: peerSteps,
      },
      note: `${file.note}; the peer's epoch is ${peerSteps} of its steps, scaled`,
    });
  },
}));

/** Pulls the training on to the end of its next epoch. @returns that epoch's milliseconds, without compilation. */
async function nextEpoch(training: Run<FitResult>): Promise<number> {
  for (;;) {
    const { done, value } = await training.next();
    if (done === true) throw new Error("internal: the training ended before the benchmark did");
    if (value.type === "epoch") return value.seconds * 1000;
  }
}
