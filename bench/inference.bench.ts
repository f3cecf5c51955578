/** The best hundred of a catalogue for users by six models, as HetComp's ensemble needs them, and by its student alone. */
import {
  modelNamed,
  modelScorer,
  Random,
  rankByTables,
  Ranker,
  row,
  type Autoencoder,
  type Dataset,
  type Scorer,
  type UserModel,
} from "../src/index.ts";
import { clocked, type Bench } from "./bench.ts";
import { citeulikeSized, items, users } from "./mf-epoch.bench.ts";

const [asked, k, batch] = [Int32Array.from({ length: 512 }, (_, n) => 10 * n), 100, 64];

/** Those of recipes/hetcomp.ts. */
const teachers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mf: { width: 60 },
  cml: { width: 60 },
  neumf: { width: 60 },
  lightgcn: { width: 64, layers: 2 },
  multvae: { width: 64, hidden: 128 },
  ivae: { width: 64, hidden: 128 },
};

interface Work {
  readonly parameters: number;
  run(): Promise<void>;
}

async function ranking(dataset: Dataset, name: string, set: Readonly<Record<string, number>>): Promise<Work> {
  const model = modelNamed(name) as UserModel | Autoencoder;
  const options = model.options.parse(set);
  const weights = model.parameters({ users, items }, options, new Random(1));
  const scorer = await modelScorer({ model, options, weights });
  const parameters = Object.values(weights).reduce((n, { data }) => n + data.length, 0);
  return { parameters, run: () => listed(scorer, dataset) };
}

async function listed(scorer: Scorer, { train }: Dataset): Promise<void> {
  const historiesOf = (some: Int32Array) => Array.from(some, (u) => row(train, u));
  if (scorer.tables !== undefined) {
    const tables = await scorer.tables(asked, historiesOf(asked));
    await rankByTables({ tables, users: asked, masked: [train], k });
    return;
  }
  const [ranker, best] = [new Ranker(items, k), new Int32Array(k)];
  for (let begin = 0; begin < asked.length; begin += batch) {
    const some = asked.subarray(begin, begin + batch);
    const scores = await scorer.score(some, historiesOf(some));
    some.forEach((user, b) => {
      ranker.open(user, scores.subarray(b * items, (b + 1) * items), [row(train, user)]);
      ranker.top(best);
    });
  }
}

async function open(models: typeof teachers) {
  const { dataset } = citeulikeSized();
  const works = await Promise.all(Object.entries(models).map(([name, set]) => ranking(dataset, name, set)));
  const parameters = works.reduce((n, work) => n + work.parameters, 0);
  return {
    run: () =>
      clocked(async () => {
        for (const work of works) await work.run();
      }),
    peer: {},
    note: `${parameters.toLocaleString("en")} parameters, made data of the size of CiteULike`,
  };
}

const bench = (name: string, whose: string, goal: string, models: typeof teachers): Bench => ({
  name,
  what: `the best ${k} of ${items} items for ${asked.length} users, ${whose}`,
  goal,
  warmup: 1,
  repeats: 9,
  peer: null,
  open: () => open(models),
});

export const inference: readonly Bench[] = [
  bench("inference-six", "six teachers of HetComp", "-", teachers),
  bench("inference-student", "their student, MF D=20", "a fiftieth of the six", { mf: { width: 20 } }),
  bench("inference-student-6", "their student, MF D=6", "a fiftieth of the six", { mf: { width: 6 } }),
];
