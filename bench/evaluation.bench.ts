/** Full-ranking evaluation of everybody in ML-1M: every item scored, seen ones masked, all metrics. */
import {
  datasetFromLists,
  drive,
  evaluate,
  modelScorer,
  protocolNamed,
  Random,
  sasrec,
} from "../src/index.ts";
import { clocked, type Bench } from "./bench.ts";
import { dataFile, readHistories } from "./data.ts";
import { blocks, width } from "./sasrec.ts";

const maxLength = 200;

export const evaluation: Bench = {
  name: "evaluate-ml-1m",
  what: `full-ranking evaluation of ML-1M, SASRec D=64 T=${maxLength}`,
  goal: "2 s",
  warmup: 1,
  repeats: 3, // the peer takes many seconds
  peer: "evaluate",
  async open() {
    const file = dataFile("ml-1m");
    const data = datasetFromLists(readHistories(file), { items: file.items });
    const options = { width, blocks, heads: 1, maxLength, dropout: 0 };
    const weights = sasrec.parameters({ users: file.users, items: file.items }, options, new Random(1));
    const scorer = await modelScorer({ model: sasrec, options, weights });
    const protocol = protocolNamed("sasrec-full");
    return {
      run: () => clocked(() => drive(evaluate({ scorer, data, protocol }))),
      peer: { file: file.path, users: file.users, items: file.items, length: maxLength },
      note: file.note,
    };
  },
};
