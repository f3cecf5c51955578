import { sampleRankCorrelation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { interpolated } from "../../../src/evaluate/groups.ts";
import { midranks, partialSpearman } from "../../../src/evaluate/rank-correlation.ts";
import { Random } from "../../../src/random.ts";

/** The formula over the library's correlations. */
function reference(x: number[], y: number[], z: number[]): number {
  const [xy, xz, yz] = [
    sampleRankCorrelation(x, y),
    sampleRankCorrelation(x, z),
    sampleRankCorrelation(y, z),
  ];
  return (xy - xz * yz) / Math.sqrt((1 - xz * xz) * (1 - yz * yz));
}

/** Columns with many ties: z drives both x and y. */
function columns(users: number): [number[], number[], number[]] {
  const random = new Random("columns");
  const z = Array.from({ length: users }, () => random.integer(5));
  const noisy = (v: number) => v + random.integer(4);
  return [z.map(noisy), z.map(noisy), z];
}

describe("midranks", () => {
  it("start at 1, and ties share theirs", () => {
    expect([...midranks([30, 10, 20])]).toEqual([3, 1, 2]);
    expect([...midranks([5, 1, 5, 5])]).toEqual([3, 1, 3, 3]);
    expect([...midranks([])]).toEqual([]);
  });
});

describe("a partial rank correlation", () => {
  const [x, y, z] = columns(60);
  const random = () => new Random(5);

  it("is the formula over plain ones, ties and all", () => {
    expect(partialSpearman(x, y, z, { random: random() })!.value).toBeCloseTo(reference(x, y, z), 12);
    expect(sampleRankCorrelation(x, y)).toBeGreaterThan(0.4); // what z made of it
  });

  it("has the interval of samples drawn and ranked one by one", () => {
    const draws = random();
    const values = Array.from({ length: 50 }, () => {
      const drawn = x.map(() => draws.integer(x.length));
      const at = (column: number[]) => drawn.map((n) => column[n]!);
      return reference(at(x), at(y), at(z));
    }).sort((a, b) => a - b);
    const { low, high } = partialSpearman(x, y, z, { random: random(), resamples: 50, level: 0.9 })!;
    expect(low).toBeCloseTo(interpolated(values, 0.05), 12);
    expect(high).toBeCloseTo(interpolated(values, 0.95), 12);
  });

  it("is the plain one where z does not vary", () => {
    const same = z.map(() => 7);
    expect(partialSpearman(x, y, same, { random: random() })!.value).toBeCloseTo(
      sampleRankCorrelation(x, y),
      12,
    );
  });

  it("is undefined where x or y does not vary, or z tells x", () => {
    const same = z.map(() => 7);
    expect(partialSpearman(same, y, z, { random: random() })).toBeNull();
    expect(partialSpearman(x, same, z, { random: random() })).toBeNull();
    expect(partialSpearman(z, y, z, { random: random() })).toBeNull();
    expect(partialSpearman([], [], [], { random: random() })).toBeNull();
  });
});
