/** An epoch of SASRec on Beauty at T=50: ours packs histories and computes no padding, the peer pads. */
import type { Bench } from "./bench.ts";
import { dataFile, readHistories } from "./data.ts";
import { batchSize, sasrecTask } from "./sasrec.ts";
import { nextEpoch, training } from "./training.ts";

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
    const running = training(task, {}, dropout);
    return Promise.resolve({
      run: () => nextEpoch(running),
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
