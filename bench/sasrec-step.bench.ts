/** One training step of SASRec on full histories: forward, backward and Adam. */
import { optim, partsOf, Random, Step } from "../src/index.ts";
import { clocked, type Bench } from "./bench.ts";
import { batchSize, sasrecTask, stepFlops, stepFormula } from "./sasrec.ts";

const items = 3416; // ML-1M

export const sasrecSteps: readonly Bench[] = [50, 200].map((t) => ({
  name: `sasrec-step-${t}`,
  what: `SASRec step, B=128 T=${t} D=64, 2 blocks, 1 head, BCE`,
  goal: "2x",
  flops: { count: stepFlops(batchSize, t), formula: stepFormula },
  warmup: 3,
  repeats: t === 50 ? 15 : 9,
  peer: "step",
  async open() {
    const random = new Random(2);
    const history = () => Int32Array.from({ length: t + 1 }, () => random.integer(items));
    const histories = Array.from({ length: batchSize }, history);
    const { task, weights } = sasrecTask(histories, { items, maxLength: t, dropout: 0, loss: "bce" });
    const step = await Step.compile(task);
    const optimiser = new optim.Optimiser(weights, optim.optimiserOptions.parse({}));
    const parts = partsOf(task.epoch(0).batch(0));
    const once = async () => optimiser.update((await step.run(parts)).gradients);
    return { run: () => clocked(once), peer: { length: t, items } };
  },
}));
