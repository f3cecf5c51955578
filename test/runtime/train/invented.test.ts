/** Distillation from histories that nobody has: the student sees them, their lists, and no label. */
import { describe, expect, it } from "vitest";
import { hashWeights } from "../../../src/export/index.ts";
import { bert4rec, sasrec, type SequenceModel } from "../../../src/models/index.ts";
import { openListSignal, writeListSignal, type ListRows } from "../../../src/signals/index.ts";
import { noCounts, rowsOf } from "../../contracts/lists-of.ts";
import { checkerboard, tinyLearn } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

const folder = await scratch();
const dataset = checkerboard();

/** 40 histories of up to 5 items of a parity, more than there are users; the teacher lists the rest of it. */
const invented = Array.from({ length: 40 }, (_, n) =>
  Array.from({ length: 5 }, (_, t) => ((n * 3 + t * (1 + (n % 4))) % 8) * 2 + (n % 2)),
);
const prefixes = invented.flatMap((history, n) =>
  history.map((_, t) => {
    const shown = history.slice(0, t + 1);
    const rest = Array.from({ length: 8 }, (_, i) => 2 * i + (n % 2)).filter((item) => !shown.includes(item));
    return {
      user: n,
      end: t + 1,
      view: t === 4 ? ("full" as const) : ("prefix" as const),
      shown,
      list: rest,
    };
  }),
);
const signal = await open("signal", rowsOf(prefixes));

async function open(name: string, given: ListRows) {
  await writeListSignal(folder.path(name), given, {
    dataset: dataset.manifest.hash,
    teacher: { name: "t", endpoint: "memory", version: "1", scores: "ids" },
    k: 8,
    scales: [],
    users: { share: 1, seed: 0, count: 24 },
    queries: { kind: "random", seed: 0, maxLength: 5 },
    counts: noCounts,
  });
  return openListSignal(folder.path(name), dataset);
}

const learn = (method: string, options: Record<string, unknown>, model: SequenceModel = sasrec, seed = 1) =>
  tinyLearn({
    model,
    dataset,
    seed,
    teacher: { method, signal, options },
    fit: { epochs: model === sasrec ? 30 : 100, patience: 100 },
  });

/** Share of the six best items that are of their user's parity: a half by chance. */
async function ofTheirKind({ scorer }: Awaited<ReturnType<typeof learn>>): Promise<number> {
  const users = Int32Array.from({ length: 24 }, (_, u) => u);
  const own = Array.from(users, (u) =>
    dataset.train.items.slice(...[0, 1].map((d) => dataset.train.offsets[u + d])),
  );
  const scores = await scorer.score(users, own);
  const width = scores.length / users.length;
  const shares = Array.from(users, (u) => {
    const row = Array.from(scores.subarray(u * width, u * width + scorer.items));
    const best = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]!);
    return best.slice(0, 6).filter((item) => item % 2 === u % 2).length / 6;
  });
  return shares.reduce((a, b) => a + b) / shares.length;
}

describe("without labels", () => {
  it.each([
    ["uniform-kl", sasrec],
    ["uniform-kl", bert4rec],
    ["rank-margin", sasrec],
    ["list-rrd", sasrec],
    ["bahsd", sasrec],
  ] as const)("%s teaches what the teacher knows", async (method, model) => {
    expect(await ofTheirKind(await learn(method, { labels: 0 }, model))).toBeGreaterThan(0.7);
  });

  it("gives the same weights for the same seed, and others for other histories", async () => {
    const hash = async (seed: number) =>
      hashWeights((await learn("uniform-kl", { labels: 0 }, sasrec, seed)).weights);
    expect(await hash(1)).toBe(await hash(1));
    const moved = prefixes.map((query) => ({ ...query, shown: query.shown.map((item) => (item + 2) % 16) }));
    const others = await open("others", rowsOf(moved));
    const teacher = { method: "uniform-kl", signal: others, options: { labels: 0 } };
    const other = await tinyLearn({ model: sasrec, dataset, seed: 1, teacher, fit: { epochs: 30 } });
    expect(hashWeights(other.weights)).not.toBe(await hash(1));
  });
});

it.each([
  ["uniform-kl", {}],
  ["none", {}],
  ["augment", {}],
  ["cl4srec", {}],
])("%s with labels is refused: nobody chose what follows", (method, options) => {
  expect(() => learn(method, options)).toThrow(
    /expected labels=0, for there are no labels in random histories/,
  );
});
