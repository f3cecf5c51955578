/** A graph's matrix times a table: what a step of LightGCN does three times forward and three times backward. */
import { kernels, Random } from "../src/index.ts";
import { clocked, type Bench } from "./bench.ts";

const nodes = 31_000;
const entries = 420_000;
const inARow = 6;

interface Setting {
  readonly d: number;
  readonly goal: string;
  readonly backward: boolean;
}

const settings: readonly Setting[] = [
  { d: 64, goal: "4x", backward: false },
  { d: 64, goal: "4x", backward: true },
  { d: 512, goal: "2x", backward: false },
  { d: 512, goal: "2x", backward: true },
];

export const sparseProducts: readonly Bench[] = settings.map(({ d, goal, backward }) => ({
  name: `sparse-product-${d}${backward ? "-backward" : ""}`,
  what: `sparse x dense, ${nodes / 1000}k nodes, ${entries / 1000}k entries, D=${d}${backward ? ", forward and backward" : ""}`,
  goal,
  flops: {
    count: (backward ? 2 : 1) * 2 * entries * d,
    formula: backward ? "2 x 2 entries D" : "2 entries D",
  },
  warmup: 3,
  repeats: 15,
  peer: "sparse",
  open() {
    const product = symmetricProduct(d);
    const products = (backward ? 2 : 1) * inARow; // a symmetric matrix is its own transpose
    const run = () => {
      for (let i = 0; i < products; i++) product();
      return Promise.resolve();
    };
    const peer = { nodes, entries, width: d, backward, inARow };
    const note = `mean of ${inARow} in a row; ours on one thread, the peer the faster of CSR and COO by autograd`;
    return Promise.resolve({ run: async () => (await clocked(run)) / inARow, peer, note });
  },
}));

/** @returns the product of a random graph with a random table, everything in place. */
function symmetricProduct(d: number): () => void {
  const { offsets, columns } = randomGraph();
  const arena = new kernels.Arena(offsets.length + 2 * entries + nodes * (2 * d + 64), 6);
  const random = new Random(2);
  const [o, c, v] = [arena.int32(offsets.length), arena.int32(entries), arena.float32(entries)];
  o.set(offsets);
  c.set(columns);
  v.fill(0.1);
  const [x, y, panel] = [arena.float32(nodes * d), arena.float32(nodes * d), arena.float32(nodes * 64)];
  x.set(x.map(() => random.uniform() - 0.5));
  const { at } = kernels;
  const matrix = [at(o), at(c), at(v), nodes, nodes] as const;
  const table = [at(x), d, at(y), 1, at(x), 0, at(panel)] as const;
  return () => arena.kernels.sparseProduct(...matrix, ...table);
}

/** Both directions of edges drawn uniformly: no locality that a cache could live on. */
function randomGraph(): { offsets: Int32Array; columns: Int32Array } {
  const random = new Random(1);
  const rows = Array.from({ length: nodes }, (): number[] => []);
  for (let edge = 0; edge < entries / 2; edge++) {
    const [a, b] = [random.integer(nodes), random.integer(nodes)];
    rows[a]!.push(b);
    rows[b]!.push(a);
  }
  const offsets = new Int32Array(nodes + 1);
  rows.forEach((row, r) => (offsets[r + 1] = offsets[r]! + row.length));
  return { offsets, columns: Int32Array.from(rows.flatMap((row) => row.sort((a, b) => a - b))) };
}
