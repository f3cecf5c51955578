import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { saveEvaluation } from "../../../src/evaluate/index.ts";
import type { Evaluation } from "../../../src/evaluate/index.ts";
import type { RunEvent } from "../../../src/events.ts";
import { Random } from "../../../src/random.ts";
import { evaluationOf } from "../evaluate/made-up.ts";

export const weights = "5e1f".repeat(16);

/** Writes the files of a bundle that a report reads. @param skill mean NDCG@10, about. */
export async function writeSampleBundle(directory: string, skill: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  const put = (name: string, value: unknown) => writeFile(join(directory, name), JSON.stringify(value));
  await put("manifest.json", manifest);
  await put("reliability.json", reliability);
  await writeFile(
    join(directory, "events.jsonl"),
    events(skill)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(""),
  );
  await saveEvaluation(join(directory, "evaluation", "abc-sasrec-full"), {
    dataset: manifest.dataset.hash,
    weights,
    evaluation: withLists(evaluationOf(perUser(skill))),
  });
}

function withLists(evaluation: Evaluation): Evaluation {
  const lists = { "coverage@10": 0.4871, "gini@10": 0.8123, "popularity@10": 96.27 };
  return { ...evaluation, metrics: { ...evaluation.metrics, ...lists } };
}

const manifest = {
  schema: 1,
  name: "shop-student",
  model: "sasrec",
  options: { width: 32, blocks: 1, heads: 1, maxLength: 50, loss: "ce", dropout: 0.2 },
  sizes: { users: 2400, items: 1200, parameters: 46_912 },
  input: "history",
  maxLength: 50,
  dataset: { name: "long-tailed <shop>", hash: "9d1c5f0be1".repeat(4) },
  training: {
    command: "potstill distill --method bahsd",
    method: "bahsd",
    methodOptions: { delta: 0.5, tau: [1, 4], weights: { rank: 0.5, contrast: 0.1 } },
    seed: 7,
    epochs: 24,
    versions: { potstill: "0.1.0", node: "20.19.0" },
    signals: { counts: { planned: 960, paid: 958, cached: 0, failed: 2, retries: 5 }, cost: "0.96" },
  },
  parity: { maxAbsDifference: 2.4e-6, sameTopK: true, histories: 64 },
  weightsSha256: weights,
  created: "2026-01-02T03:04:05.000Z",
};

const reliability = {
  schema: 1,
  bins: [0.02, 0.04, 0.07, 0.1, 0.19].map((n, i) => ({
    from: i / 5,
    to: (i + 1) / 5,
    queries: 192,
    teacherNdcg10: n,
    low: n * 0.8,
    high: n * 1.2,
  })),
  spearman: { length: 0.264, teacherNdcg10: 0.235 },
  histories: { answered: 1000, withViews: 980, measured: 960 },
  atFixedLength: { value: 0.23, low: 0.17, high: 0.29 },
  lengths: [
    { from: 3, to: 3, queries: 500, thirds: [0.01, 0.02, 0.08] },
    { from: 4, to: 4, queries: 1, thirds: [null, null, 0] },
    { from: 5, to: 40, queries: 459, thirds: [0.01, 0.03, 0.09] },
  ],
  agreement: { own: 0.41, others: 0.06, pairs: 980, shuffled: 0.35 },
  gate: { threshold: 0.5, tailUpTo: 9, high: { users: 1000, head: 0.313 }, low: { users: 0, head: null } },
  verdict: { premise: "holds", reasons: ["It goes with accuracy by 0.23."], todo: "Probe with views" },
};

function events(skill: number): RunEvent[] {
  return Array.from({ length: 24 }, (_, n): RunEvent[] => {
    const epoch = n + 1;
    const value = skill * (1 - Math.exp(-epoch / 6)) - Math.max(0, epoch - 20) * 0.001;
    return [
      { type: "epoch", epoch, loss: 6.9 - 2 * (1 - Math.exp(-epoch / 8)), seconds: 0.4 },
      { type: "validation", epoch, metric: "ndcg@10", value, best: epoch <= 20, seconds: 0.1 },
    ];
  }).flat();
}

/** Single targets at random ranks; users of the longer quintiles are served better. */
function perUser(skill: number): Record<string, number[]> {
  const random = new Random("users");
  const ranks = Array.from({ length: 1200 }, (_, n) => {
    const luck = random.uniform() / (0.6 + 0.2 * (n % 5));
    return luck < 2.2 * skill ? 1 + random.integer(10) : 11 + random.integer(900);
  });
  const hit = ranks.map((r) => (r <= 10 ? 1 : 0));
  return {
    "ndcg@10": ranks.map((r) => (r <= 10 ? 1 / Math.log2(r + 1) : 0)),
    "recall@10": hit,
    "hr@10": hit,
    mrr: ranks.map((r) => 1 / r),
  };
}
