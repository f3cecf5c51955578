import { describe, expect, it } from "vitest";
import { fromLists, rows } from "../../../src/dataset/index.ts";
import { defaultProtocol, evaluate, protocolNamed } from "../../../src/evaluate/index.ts";
import type { EvaluateOptions, EvaluationInput, Scorer } from "../../../src/evaluate/index.ts";
import { drive } from "../../../src/events.ts";
import { Random } from "../../../src/random.ts";

/** A scorer that knows its answers and, as the contract allows, reuses its buffer. */
function tableScorer(
  table: readonly (readonly number[])[],
): Scorer & { batches: number[]; seen: number[][] } {
  const items = table[0]!.length;
  let buffer = new Float32Array(0);
  const batches: number[] = [];
  const seen: number[][] = [];
  return {
    items,
    batches,
    seen,
    score: (users, histories) => {
      if (buffer.length !== users.length * items) buffer = new Float32Array(users.length * items);
      users.forEach((u, b) => {
        buffer.set(table[u]!, b * items);
        seen[u] = [...histories[b]!];
      });
      batches.push(users.length);
      return Promise.resolve(buffer);
    },
  };
}

const run = (options: EvaluateOptions) => drive(evaluate(options));

/** Four users, six items, one of them (user 3) without a test item. */
const tiny: EvaluationInput = {
  train: fromLists([[0, 1], [2], [3, 4, 5], [1]]),
  valid: fromLists([[2], [3], [0], []]),
  test: fromLists([[3], [4], [1], []]),
};
const tinyScores = [
  [9, 9, 9, 1, 2, 0], // target 3 behind 4 alone: rank 2
  [5, 4, 9, 9, 4, 3], // target 4 ties with item 1, which comes first: rank 3 of 0, 1, 4, 5
  [9, 1, 0, 9, 9, 9], // target 1 first
  [0, 0, 0, 0, 0, 1],
];

describe("sasrec-full on a hand-made dataset", () => {
  it("gives the values computed by hand", async () => {
    const scorer = tableScorer(tinyScores);
    const result = await run({ scorer, data: tiny, protocol: protocolNamed("sasrec-full") });
    expect(result.users).toBe(3);
    expect([...result.perUser.userIndex]).toEqual([0, 1, 2]);
    expect([...result.perUser.values["mrr"]!]).toEqual([1 / 2, Math.fround(1 / 3), 1]);
    expect(result.metrics["ndcg@10"]).toBeCloseTo((1 / Math.log2(3) + 1 / 2 + 1) / 3, 6);
    expect(result.metrics["hr@10"]).toBe(1);
    expect(result.metrics["precision@5"]).toBeCloseTo(0.2, 6);
    // lists, masked items out: user 0 [4,3,5], user 1 [0,1,4,5], user 2 [1,2]
    const lists = [0, 1, 2].map((u) => [...result.perUser.best.subarray(u * 20, u * 20 + 5)]);
    expect(lists).toEqual([[4, 3, 5, -1, -1], [0, 1, 4, 5, -1], [1, 2, -1, -1, -1]]); // prettier-ignore
    expect(result.metrics["coverage@5"]).toBe(1);
    // counts 1 2 1 1 2 2, training interactions 1 2 1 1 1 1
    expect(result.metrics["popularity@5"]).toBeCloseTo((1 + 4 + 1 + 1 + 2 + 2) / 9, 12);
    expect(scorer.seen[0]).toEqual([0, 1, 2]);
  });

  it("puts head and tail at MELT's threshold and reports each group's own mean", async () => {
    const options = { scorer: tableScorer(tinyScores), data: tiny, protocol: protocolNamed("sasrec-full") };
    const { tailUpTo, groups } = await run({ ...options, headQuantile: 0.5 });
    expect(tailUpTo).toBe(1.5); // lengths 1 1 2 3
    expect(groups.tail).toMatchObject({ users: 1, "hr@5": 1 });
    expect(groups.tail["mrr"]).toBeCloseTo(1 / 3, 6);
    expect(groups.head).toMatchObject({ users: 2, mrr: 0.75 });
    // order by (length, user): 1 3 0 2; user 3 has no target, and four users leave one fifth empty
    expect(Object.values(groups).map((g) => g.users)).toEqual([2, 1, 1, 0, 1, 1, 0]);
    expect(groups.q5).toMatchObject({ users: 0, "ndcg@10": 0, "coverage@10": 0 });
  });

  it("shows and masks the training part alone on the validation side", async () => {
    const scorer = tableScorer(tinyScores);
    const result = await run({ scorer, data: tiny, protocol: protocolNamed("sasrec-full-valid") });
    expect(scorer.seen[2]).toEqual([3, 4, 5]);
    expect([...result.perUser.values["mrr"]!]).toEqual([1, 1, 1]);
  });

  it("counts users without a target as zero where the protocol says so", async () => {
    const result = await run({
      scorer: tableScorer(tinyScores),
      data: tiny,
      protocol: protocolNamed("rcekd-v1"),
    });
    expect(result.users).toBe(4);
    // only training items masked: user 0 has validation item 2 above its target (rank 3), user 1 item 3 (rank 4),
    // user 2 item 0 (rank 2); user 3 counts as 0
    expect(result.metrics["mrr"]).toBeCloseTo((1 / 3 + 1 / 4 + 1 / 2 + 0) / 4, 6);
  });

  it("keeps a masked target as a miss", async () => {
    const data = { ...tiny, test: fromLists([[0], [4], [1], []]) };
    const result = await run({
      scorer: tableScorer(tinyScores),
      data,
      protocol: protocolNamed("sasrec-full"),
    });
    expect(result.perUser.values["mrr"]![0]).toBe(0);
    expect(result.users).toBe(3);
  });

  it("evaluates the users asked for, whose groups stay the same", async () => {
    const users = Int32Array.of(2, 0, 2);
    const scorer = tableScorer(tinyScores);
    const result = await run({ scorer, data: tiny, protocol: protocolNamed("sasrec-full"), users });
    expect([...result.perUser.userIndex]).toEqual([0, 2]);
    expect([...result.perUser.quintile]).toEqual([3, 4]);
    expect([...result.perUser.best.subarray(20, 22)]).toEqual([1, 2]);
    expect(result.metrics["mrr"]).toBe(0.75);
  });
});

/** Users with several targets, tied scores and histories of every length. */
function shop(users: number, items: number): { data: EvaluationInput; table: number[][] } {
  const random = new Random(3);
  const pick = (n: number) => [...random.sample(items, n)];
  const lists = Array.from({ length: users }, () => pick(4 + random.integer(8)));
  return {
    data: {
      train: fromLists(lists.map((l) => l.slice(0, -3))),
      valid: fromLists(lists.map((l) => l.slice(-3, -2))),
      test: fromLists(lists.map((l) => l.slice(-2))),
    },
    table: lists.map(() => Array.from({ length: items }, () => random.integer(20))),
  };
}

describe("batches", () => {
  it("do not change any result, and arrive in order of history length", async () => {
    const { data, table } = shop(83, 40);
    const options = { data, protocol: protocolNamed("sasrec-full") };
    const scorers = [1, 7, 1000].map((batchSize) => ({ batchSize, scorer: tableScorer(table) }));
    const results = [];
    for (const each of scorers) results.push({ ...(await run({ ...options, ...each })), seconds: 0 });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(scorers[1]!.scorer.batches).toEqual([...Array<number>(11).fill(7), 6]);
    expect(scorers[2]!.scorer.batches).toEqual([rows(data.test)]);
  });

  it("report progress and stop at once when told to", async () => {
    const { data, table } = shop(10, 40);
    const stop = new AbortController();
    const protocol = protocolNamed("sasrec-full");
    const work = evaluate({ scorer: tableScorer(table), data, protocol, batchSize: 5, signal: stop.signal });
    expect((await work.next()).value).toEqual({ type: "stage", name: "evaluate", total: 10, unit: "users" });
    expect((await work.next()).value).toEqual({ type: "progress", done: 5 });
    stop.abort();
    await expect(work.next()).rejects.toMatchObject({ code: "interrupted" });
  });
});

it("chooses the protocol a split is usually reported with", () => {
  const ratio = { kind: "ratio", train: 0.8, valid: 0.1, seed: 0 } as const;
  expect(defaultProtocol({ kind: "leave-one-out" }).name).toBe("sasrec-full");
  expect(defaultProtocol({ ...ratio, order: "stored" }).name).toBe("rcekd-v1");
  expect(defaultProtocol({ ...ratio, order: "random" }).name).toBe("recbole-general");
  expect(defaultProtocol({ kind: "temporal", valid: 0.1, test: 0.1 }).name).toBe("recbole-general");
});

describe("what cannot be evaluated", () => {
  it("is a dataset where nobody has a target", async () => {
    const data = { ...tiny, test: fromLists([[], [], [], []]) };
    const work = run({ scorer: tableScorer(tinyScores), data, protocol: protocolNamed("sasrec-full") });
    await expect(work).rejects.toThrow(
      'protocol "sasrec-full": expected at least one user with a test item, got none among 4 users.',
    );
  });

  it("is a protocol nobody knows", () => {
    expect(() => protocolNamed("sasrec-ful")).toThrow('got "sasrec-ful". Write "sasrec-full".');
    expect(() => protocolNamed("toString")).toThrow("--protocol: expected one of sasrec-full, ");
  });
});

it("ranks ML-1M's 6,040 users x 3,416 items in well under a second", async () => {
  const random = new Random(1);
  const lists = Array.from({ length: 6040 }, () => random.sample(3416, 165));
  const part = (from: number, to: number) => fromLists(lists.map((l) => l.slice(from, to)));
  const data = { train: part(0, 163), valid: part(163, 164), test: part(164, 165) };
  const scores = Float32Array.from({ length: 256 * 3416 }, () => random.uniform());
  const score = (users: Int32Array) => Promise.resolve(scores.subarray(0, users.length * 3416));
  const scorer: Scorer = { items: 3416, score };
  const { seconds, metrics } = await run({ scorer, data, protocol: protocolNamed("sasrec-full") });
  expect(metrics["hr@10"]).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(10); // about 0.3 alone on one core; the margin is for a busy machine
});

describe("protocols that are data", () => {
  it("lightgcn-gowalla takes validation and test items as the targets of one ranking", async () => {
    const scorer = tableScorer(tinyScores);
    const result = await run({ scorer, data: tiny, protocol: protocolNamed("lightgcn-gowalla") });
    // user 0: 2 and 3 among 2, 3, 4, 5: ranks 1 and 3; user 1: 3 and 4 among 0, 1, 3, 4, 5: 1 and 4; user 2: 0 and 1 among 0, 1, 2
    expect([...result.perUser.values["recall@20"]!]).toEqual([1, 1, 1]);
    expect(result.perUser.values["ndcg@20"]![0]).toBeCloseTo((1 + 1 / 2) / (1 + 1 / Math.log2(3)), 6);
  });

  it("hetcomp-train ranks a user's own training items, nothing masked", async () => {
    const scorer = tableScorer(tinyScores);
    const result = await run({ scorer, data: tiny, protocol: protocolNamed("hetcomp-train") });
    // user 0: items 0 and 1 at ranks 1 and 2; user 1: item 2 first; user 2: 3, 4, 5 at 2, 3, 4; user 3: item 1 at 3
    const values = [...result.perUser.values["ndcg@10"]!];
    const [full, ideal] = [
      [2, 3, 4],
      [1, 2, 3],
    ].map((ranks) => ranks.reduce((sum, rank) => sum + 1 / Math.log2(rank + 1), 0));
    [1, 1, full! / ideal!, 1 / 2].forEach((value, u) => expect(values[u]).toBeCloseTo(value, 6));
  });

  it("derrd-loo499 ranks the target among 499 items the user has nowhere, the same for every model", async () => {
    const items = 2000;
    const histories = Array.from({ length: 3 }, (_, u) => [u, u + 10, u + 20, u + 30]);
    const data = {
      train: fromLists(histories.map((h) => h.slice(0, 2))),
      valid: fromLists(histories.map((h) => h.slice(2, 3))),
      test: fromLists(histories.map((h) => h.slice(3))),
    };
    // the target stands above exactly the upper half of the catalogue
    const scores = (u: number) => Array.from({ length: items }, (_, i) => (i === u + 30 ? -1000.5 : -i));
    const ranks = async (shift: number) => {
      const scorer = tableScorer([0, 1, 2].map((u) => scores(u).map((s) => s + shift)));
      const result = await run({ scorer, data, protocol: protocolNamed("derrd-loo499") });
      return [...result.perUser.values["mrr"]!].map((v) => 1 / v);
    };
    const found = await ranks(0);
    found.forEach((rank) => expect(Math.abs(rank - 250)).toBeLessThan(60));
    expect(new Set(found).size).toBeGreaterThan(1);
    expect(await ranks(7)).toEqual(found);
  });
});
