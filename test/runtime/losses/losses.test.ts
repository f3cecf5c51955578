/** Every loss against an independent float64 reference, its limits, and its gradient. */
import { describe, expect, it } from "vitest";
import { gradients, input, mul, sum, unit, type Tensor } from "../../../src/graph/index.ts";
import {
  binaryCrossEntropy,
  bpr,
  fullSoftmax,
  infoNce,
  itemsOf,
  listKl,
  marginOverNegatives,
  pairwiseOrder,
  sampledSoftmax,
} from "../../../src/losses/index.ts";
import {
  differences,
  drawn,
  gradientOf,
  inFloat64,
  integers,
  onRuntime,
  value,
  type Values,
} from "../../contracts/graph-values.ts";

const [n, items, d, k, p] = [4, 7, 3, 2, 5]; // rows, catalogue, width, negatives or list length, pairs
const h = input("h", [n, d]);
const table = input("items", [items, d]);
const catalogue = itemsOf(table);
const targets = input("targets", [n, 1], "int32");
const c = input("c", [n, 1]);
const chosen = (name: string, width: number) => input(name, [n, width], "int32");

const base = {
  h: drawn([n, d], 1),
  items: drawn([items, d], 2),
  targets: value([3, 0, 6, 3], [n, 1]),
  c: value([0.5, 0, 1, 2], [n, 1]),
};
const lists = value([1, 4, 0, 2, 5, 6, 3, 1], [n, k]);
const q = value([0.75, 0.25, 0.5, 0.5, 0.9, 0.1, 1, 0], [n, k]);
const beta = value([1, 0.5, 2, 0.25], [n, 1]);
const entropyOf = (mass: readonly number[]) =>
  mass.reduce((sum, m) => sum - (m > 0 ? m * Math.log(m) : 0), 0);
const entropy = value(
  [0, 1, 2, 3].map((r) => entropyOf([q.data[2 * r]!, q.data[2 * r + 1]!])),
  [n, 1],
);

const row = (name: keyof typeof base, r: number, values: Values = base) =>
  Array.from(values[name]!.data.subarray(r * d, (r + 1) * d));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, x, i) => s + x * b[i]!, 0);
const score = (r: number, i: number) => dot(row("h", r), row("items", i));
const scores = (r: number) => Array.from({ length: items }, (_, i) => score(r, i));
const logSumOfExp = (xs: readonly number[]) => Math.log(xs.reduce((s, x) => s + Math.exp(x), 0));
const logSigmoid = (x: number) => -Math.log(1 + Math.exp(-x));
const softplus = (x: number) => Math.log(1 + Math.exp(x));
const rows = [0, 1, 2, 3];
const total = (of: (r: number) => number) => rows.reduce((s, r) => s + of(r), 0);
const target = (r: number) => base.targets.data[r]!;
const weight = (r: number) => base.c.data[r]!;

const negatives = integers([n, k], items, 3);
const shared = value([2, 3, 5, 3], [1, 4]);
const grouped = value([2, 3, 5, 3, 0, 6], [2, 3]); // rows 0 and 1, rows 2 and 3
const pairs = {
  a: integers([n, p], items, 4),
  b: integers([n, p], items, 5),
  w: drawn([n, p], 6, (r) => r.uniform()),
};
const overPairs = (of: (first: number, second: number) => number) =>
  total((r) => {
    const each = Array.from({ length: p }, (_, j) => r * p + j);
    return (
      weight(r) *
      each.reduce(
        (s, at) => s + pairs.w.data[at]! * of(score(r, pairs.a.data[at]!), score(r, pairs.b.data[at]!)),
        0,
      )
    );
  });

/** Each of the s negatives of a row's group counts m / s times. */
const sampledReference = ({ data, shape }: typeof shared, m: number) =>
  total((r) => {
    const [groups, s] = shape as [number, number];
    const group = Math.floor((r * groups) / n);
    const kept = Array.from(data.subarray(group * s, (group + 1) * s)).filter((i) => i !== target(r));
    const drawnScores = kept.map((i) => score(r, i) + Math.log(m / s));
    return weight(r) * (logSumOfExp([score(r, target(r)), ...drawnScores]) - score(r, target(r)));
  });
const bce = (t: number) => binaryCrossEntropy(h, catalogue, targets, chosen("negatives", k), t);
/** b = 1 - t (1 - k / (I - 1)) */
const bceReference = (t: number) =>
  -total((r) => {
    const b = 1 - t * (1 - k / (items - 1));
    const repelled = [0, 1].reduce((s, j) => s + logSigmoid(-score(r, negatives.data[r * k + j]!)), 0);
    return b * logSigmoid(score(r, target(r))) + repelled;
  }) / n;
const listLoss = listKl(h, catalogue, {
  lists: chosen("lists", k),
  q: input("q", [n, k]),
  beta: input("beta", [n, 1]),
  entropy: input("entropy", [n, 1]),
  c,
});
const [winners, losers, w] = [chosen("a", p), chosen("b", p), input("w", [n, p])];
const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const other = input("other", [n, d]);
const otherRow = (r: number) => Array.from(others.data.subarray(r * d, (r + 1) * d));
const others = drawn([n, d], 8);
const [seen, unseen] = [input("seen", [n, 1]), input("unseen", [n, 1])];
const [seenScores, unseenScores] = [drawn([n, 1], 9), drawn([n, 1], 10)];
const nameOf = ({ leaf }: Tensor) => (leaf !== null && "name" in leaf ? leaf.name : "");

interface Case {
  readonly loss: Tensor;
  readonly values: Values;
  readonly expected: number;
  /** Leaves that are trained. */
  readonly trained: readonly Tensor[];
}

const cases: Record<string, Case> = {
  "full softmax": {
    loss: fullSoftmax(h, catalogue, targets, c),
    values: base,
    expected: total((r) => weight(r) * (logSumOfExp(scores(r)) - score(r, target(r)))),
    trained: [h, table],
  },
  "sampled softmax": {
    loss: sampledSoftmax(h, catalogue, targets, input("shared", [1, 4], "int32"), n, items, c),
    values: { ...base, shared },
    expected: sampledReference(shared, items),
    trained: [h, table],
  },
  "sampled softmax, uncorrected": {
    loss: sampledSoftmax(h, catalogue, targets, input("shared", [1, 4], "int32"), n, 4, c),
    values: { ...base, shared },
    expected: sampledReference(shared, 4),
    trained: [h, table],
  },
  "sampled softmax, negatives for two groups": {
    loss: sampledSoftmax(h, catalogue, targets, input("grouped", [2, 3], "int32"), 2, 3, c),
    values: { ...base, grouped },
    expected: sampledReference(grouped, 3),
    trained: [h, table],
  },
  bce: { loss: bce(0), values: { ...base, negatives }, expected: bceReference(0), trained: [h, table] },
  gbce: {
    loss: bce(0.75),
    values: { ...base, negatives },
    expected: bceReference(0.75),
    trained: [h, table],
  },
  bpr: {
    loss: bpr(seen, unseen),
    values: { seen: seenScores, unseen: unseenScores },
    expected: -total((r) => logSigmoid(seenScores.data[r]! - unseenScores.data[r]!)) / n,
    trained: [seen, unseen],
  },
  "list KL": {
    loss: listLoss,
    values: { ...base, lists, q, beta, entropy },
    expected: total((r) => {
      const z = scores(r).map((s) => s * beta.data[r]!);
      const terms = [0, 1].map((j) => {
        const m = q.data[r * k + j]!;
        return m === 0 ? 0 : m * (Math.log(m) - z[lists.data[r * k + j]!]! + logSumOfExp(z));
      });
      return weight(r) * (terms[0]! + terms[1]!);
    }),
    trained: [h, table],
  },
  "pairwise order": {
    loss: pairwiseOrder(h, catalogue, { winners, losers, w, c }),
    values: { ...base, ...pairs },
    expected: overPairs((winner, loser) => softplus(loser - winner)),
    trained: [h, table],
  },
  "margin over negatives": {
    loss: marginOverNegatives(h, catalogue, { listed: winners, negatives: losers, w, c }, 0.5),
    values: { ...base, ...pairs },
    expected: overPairs((listed, negative) => Math.max(0, negative - listed + 0.5)),
    trained: [h, table],
  },
  infoNCE: {
    loss: infoNce(h, other, c, 0.2),
    values: { ...base, other: others },
    expected: total((r) => {
      const similar = rows.map((m) => cosine(row("h", r), otherRow(m)) / 0.2);
      return weight(r) * (logSumOfExp(similar) - similar[r]!);
    }),
    trained: [h, other],
  },
};

describe.each(Object.entries(cases))("%s", (_name, { loss, values, expected, trained }) => {
  it("is its formula, in float64 and on ONNX Runtime", async () => {
    expect(inFloat64(loss, values)[0]).toBeCloseTo(expected, 10);
    expect((await onRuntime(loss, values))[0]).toBeCloseTo(expected, 4);
  });

  it("has the gradient that finite differences show", () => {
    for (const leaf of trained) {
      const found = inFloat64(gradientOf(loss, leaf), values);
      const expectedGradient = differences(loss, nameOf(leaf), values);
      expect(found).toHaveLength(expectedGradient.length);
      expectedGradient.forEach((e, i) => expect(found[i]).toBeCloseTo(e, 6));
    }
  });
});

describe("limits", () => {
  const at = (loss: Tensor, values: Values) => inFloat64(loss, { ...base, ...values })[0]!;
  const everything = value(
    rows.flatMap(() => Array.from({ length: items }, (_, i) => i)),
    [n, items],
  );

  it("list KL is 0 where the teacher's distribution is the student's", () => {
    const softened = rows.map((r) => {
      const z = scores(r).map((s) => s * beta.data[r]!);
      return z.map((v) => Math.exp(v - logSumOfExp(z)));
    });
    const loss = listKl(h, catalogue, {
      lists: chosen("lists", items),
      q: input("q", [n, items]),
      beta: input("beta", [n, 1]),
      entropy: input("entropy", [n, 1]),
      c,
    });
    const values = {
      lists: everything,
      q: value(softened.flat(), [n, items]),
      beta,
      entropy: value(softened.map(entropyOf), [n, 1]),
    };
    expect(at(loss, values)).toBeCloseTo(0, 12);
    inFloat64(gradientOf(loss, h), { ...base, ...values }).forEach((g) => expect(g).toBeCloseTo(0, 12));
  });

  it("list KL with one item a list is the cross-entropy", () => {
    const one = value([1, 1, 1, 1], [n, 1]);
    const single = listKl(h, catalogue, {
      lists: targets,
      q: input("one", [n, 1]),
      beta: input("one", [n, 1]),
      entropy: input("zero", [n, 1]),
      c,
    });
    expect(at(single, { one, zero: value([0, 0, 0, 0], [n, 1]) })).toBe(
      at(fullSoftmax(h, catalogue, targets, c), {}),
    );
  });

  it("sampled softmax with every item as a negative is the full one", () => {
    const all = value(
      Array.from({ length: items }, (_, i) => i),
      [1, items],
    );
    const sampled = sampledSoftmax(h, catalogue, targets, input("all", [1, items], "int32"), n, items, c);
    const mean = value([1 / n, 1 / n, 1 / n, 1 / n], [n, 1]);
    expect(at(sampled, { all, c: mean })).toBeCloseTo(
      at(fullSoftmax(h, catalogue, targets, c), { c: mean }),
      12,
    );
  });

  it("gbce is bce at t = 0, and weighs a positive by the sampling rate at t = 1", () => {
    expect(at(bce(0), { negatives })).toBeCloseTo(bceReference(0), 12);
    expect(at(bce(1), { negatives })).toBeCloseTo(bceReference(1), 12);
    const all = value(
      rows.flatMap(() => [1, 2, 3, 4, 5, 6]),
      [n, items - 1],
    );
    const whole = (t: number) => binaryCrossEntropy(h, catalogue, targets, chosen("all", items - 1), t);
    expect(at(whole(1), { all })).toBeCloseTo(at(whole(0), { all }), 12); // nothing is left to correct
  });

  it("bpr and pairwise order are log 2 at equal scores", () => {
    const zero = value([0, 0, 0, 0], [n, 1]);
    expect(at(bpr(seen, unseen), { seen: zero, unseen: zero })).toBeCloseTo(Math.LN2, 12);
    const same = pairwiseOrder(h, catalogue, { winners, losers: winners, w, c });
    expect(
      at(same, {
        ...pairs,
        c: value([1, 0, 0, 0], [n, 1]),
        w: value(Array<number>(n * p).fill(1 / p), [n, p]),
      }),
    ).toBeCloseTo(Math.LN2, 12);
  });

  it("the margin asks nothing of items that are far enough apart", () => {
    const far = {
      h: value(
        rows.flatMap(() => [1, 0, 0]),
        [n, d],
      ),
      items: value([2, 0, 0, 1.5, ...Array<number>(17).fill(0)], [items, d]),
    };
    const loss = marginOverNegatives(h, catalogue, { listed: winners, negatives: losers, w, c }, 0.5);
    const [first, second] = [
      value(Array<number>(n * p).fill(0), [n, p]),
      value(Array<number>(n * p).fill(1), [n, p]),
    ];
    expect(at(loss, { ...far, ...pairs, a: first, b: second })).toBe(0);
    expect(at(loss, { ...far, ...pairs, a: second, b: first })).toBeGreaterThan(0);
  });

  it("infoNCE with one row is 0, and log V where all rows are alike", () => {
    const [a, b, weightOf] = [input("a", ["V", d]), input("b", ["V", d]), input("w", ["V", 1])];
    const loss = infoNce(a, b, weightOf, 0.2);
    const oneRow = { a: drawn([1, d], 1), b: drawn([1, d], 2), w: value([3], [1, 1]) };
    expect(inFloat64(loss, oneRow)[0]).toBeCloseTo(0, 12);
    const ones = value(Array<number>(n * d).fill(1), [n, d]);
    expect(inFloat64(loss, { a: ones, b: ones, w: value([1, 0, 0, 0], [n, 1]) })[0]).toBeCloseTo(
      Math.log(n),
      6,
    );
  });

  it("infoNCE of a vector of zeros is a number, and so is its gradient", () => {
    const [a, b] = [input("a", [n, d]), input("b", [n, d])];
    const loss = infoNce(a, b, c, 0.2);
    const values = { ...base, a: value(Array<number>(n * d).fill(0), [n, d]), b: others };
    expect(inFloat64(loss, values)[0]).not.toBeNaN();
    inFloat64(gradientOf(loss, a), values).forEach((g) => expect(g).not.toBeNaN());
  });
});

describe("items", () => {
  const cosines = itemsOf(table, unit);
  const some = input("some", [2, 2], "int32");
  const values = { ...base, some: value([6, 0, 6, 3], [2, 2]) };

  it("chosen ones are the whole catalogue's", () => {
    const [whole, found] = [inFloat64(cosines.all, values), inFloat64(cosines.at(some), values)];
    expect(found).toEqual([6, 0, 6, 3].flatMap((i) => whole.slice(i * d, (i + 1) * d)));
    expect(cosines.count).toBe(items);
  });

  it("of chosen ones the gradient names their rows alone, and is that of the whole", () => {
    const weighted = mul(cosines.at(some), input("w", [2, 2, d]));
    const [gradient] = gradients(sum(weighted), [table]);
    expect(gradient!.dense).toBeNull();
    expect(gradient!.rows.map(({ indices }) => indices)).toEqual([some]);
    const all = { ...values, w: drawn([2, 2, d], 11) };
    const found = inFloat64(gradientOf(sum(weighted), table), all);
    differences(sum(weighted), "items", all).forEach((e, i) => expect(found[i]).toBeCloseTo(e, 6));
  });
});
