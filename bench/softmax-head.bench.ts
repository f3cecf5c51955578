/** Softmax cross-entropy over a whole catalogue, with both gradients. */
import { graph, Random, runtime } from "../src/index.ts";
import { clocked, type Bench } from "./bench.ts";
import { headFlops, headLoss, width } from "./sasrec.ts";

const shapes = [
  [1100, 12101], // a batch of Beauty without its padding
  [6400, 3416], // a batch of ML-1M at T=50
] as const;

export const softmaxHeads: readonly Bench[] = shapes.map(([n, items]) => ({
  name: `softmax-head-${items}`,
  what: `full-catalogue CE head, ${n} positions x ${items} items, D=64`,
  goal: "3x",
  flops: { count: headFlops(n, items), formula: "3 x 2 N I D" },
  warmup: 2,
  repeats: 9,
  peer: "head",
  async open() {
    const loss = headLoss(n, items);
    const wanted = graph
      .leaves([loss])
      .filter((t) => t.leaf !== null && "name" in t.leaf && ["h", "items"].includes(t.leaf.name));
    const [dh, dItems] = graph.gradients(loss, wanted).map((g) => g.dense!) as [graph.Tensor, graph.Tensor];
    const program = await runtime.Program.compile({ loss, dh, dItems });
    const random = new Random(3);
    const normal = (size: number) => Float32Array.from({ length: size }, () => random.normal() / 8);
    const feeds = {
      h: { data: normal(n * width), shape: [n, width] },
      items: { data: normal(items * width), shape: [items, width] },
      targets: { data: Int32Array.from({ length: n }, () => random.integer(items)), shape: [n, 1] },
      c: { data: new Float32Array(n).fill(1 / n), shape: [n, 1] },
    };
    return { run: () => clocked(() => program.run(feeds)), peer: { positions: n, items } };
  },
}));
