import { expect, it } from "vitest";
import { htd } from "../../../src/methods/index.ts";
import { factorMethodContract } from "../../contracts/factor-method-contract.ts";
import {
  batchOf,
  inputsOf,
  prepared,
  randomFactors,
  randomWorld,
  worldOf,
} from "../../contracts/factor-world.ts";
import { gradientOf, inFloat64, type Values } from "../../contracts/graph-values.ts";

factorMethodContract("htd", [{ experts: 2, alpha: 0 }]);
factorMethodContract("htd", [{ experts: 2 }, { experts: 1, annealing: 0.1 }], { differentiable: false });

const batch = batchOf();
const chosenItems = [1, 5, 3, 7, 11, 8];
type Rows = readonly (readonly number[])[];
interface Means { readonly t: Rows; readonly x: Rows } // prettier-ignore

const cosine = (a: readonly number[], b: readonly number[]) => {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, d) => sum + v * y[d]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

/** The sides of a batch: vectors, and the group of each entity. */
function sidesOf(known: Values, experts: number) {
  const rows = (name: string, width: number, ids: readonly number[]) =>
    ids.map((n) => Array.from(known[name]!.data.subarray(n * width, (n + 1) * width)));
  return (["users", "items"] as const).map((side) => {
    const ids = side === "users" ? Array.from(batch.users) : chosenItems;
    const t = rows(`htd.${side}.t`, 3, ids.map((_, n) => n)); // prettier-ignore
    const group = t.map((vector) => {
      const fits = Array.from({ length: experts }, (_, e) =>
        vector.reduce(
          (sum, x, d) => sum + x * known[`own.${side}.v`]!.data[d * experts + e]!,
          known[`own.${side}.v0`]!.data[e]!,
        ),
      );
      return fits.indexOf(Math.max(...fits));
    });
    return { t, x: rows(side, 2, ids), group };
  });
}

function meansOf(sides: ReturnType<typeof sidesOf>): Means {
  const mean = (rows: Rows) => rows[0]!.map((_, d) => rows.reduce((sum, r) => sum + r[d]!, 0) / rows.length);
  const groups = sides.flatMap(({ t, x, group }) =>
    [...new Set(group)].map((g) => [t, x].map((rows) => mean(rows.filter((_, n) => group[n] === g)))),
  );
  return { t: groups.map(([t]) => t!), x: groups.map(([, x]) => x!) };
}

/** TD by definition; the means are given, as no gradient runs through them. */
function topology(known: Values, experts: number, means?: Means): number {
  const sides = sidesOf(known, experts);
  const { t: pt, x: px } = means ?? meansOf(sides);
  let total = 0;
  for (const { t, x, group } of sides) {
    for (const m of group.keys())
      for (const n of group.keys()) {
        const target = cosine(t[m]!, t[n]!);
        if (group[m] === group[n] && target > 0) total += (target - cosine(x[m]!, x[n]!)) ** 2;
      }
    for (const g of pt.keys())
      for (const n of group.keys()) total += (cosine(pt[g]!, t[n]!) - cosine(px[g]!, x[n]!)) ** 2;
  }
  return total;
}

const world = await randomWorld();

it.each([
  [1, "sum"],
  [2, "sum"],
  [3, "mean"],
] as const)(
  "with %i groups is the difference of cosines within and to the means, by hand: %s",
  async (experts, reduction) => {
    const { loss, values } = await prepared(htd, world, { experts, alpha: 1 });
    const known = values(batchOf(reduction));
    const scale = reduction === "sum" ? 1 : 1 / 5;
    expect(inFloat64(loss, known)[0]).toBeCloseTo(0.5 * scale * topology(known, experts), 6);
  },
);

it("has the gradient of its definition with the means held fast", async () => {
  const { loss, values } = await prepared(htd, world, { experts: 2, alpha: 1 });
  const known = values();
  const means = meansOf(sidesOf(known, 2));
  for (const leaf of ["users", "items"]) {
    const found = inFloat64(gradientOf(loss, inputsOf(loss).get(leaf)!), known);
    known[leaf]!.data.forEach((_, i) => {
      const at = (step: number) => {
        const data = known[leaf]!.data.map((v, j) => (j === i ? v + step : v));
        return 0.5 * topology({ ...known, [leaf]: { shape: known[leaf]!.shape, data } }, 2, means);
      };
      expect(found[i]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 5);
    });
  }
});

it("has no topology to change where the student's vectors are the teacher's", async () => {
  const same = await worldOf(randomFactors(2, 1), randomFactors(2, 1));
  const { loss, values } = await prepared(htd, same, { experts: 2, alpha: 1 });
  expect(inFloat64(loss, values())[0]).toBeCloseTo(0, 6);
});

it("mixes topology and assignment by alpha", async () => {
  const at = async (alpha: number) => {
    const { loss, values } = await prepared(htd, world, { experts: 2, alpha });
    return inFloat64(loss, values())[0]!;
  };
  expect(await at(0.3)).toBeCloseTo(0.3 * (await at(1)) + 0.7 * (await at(0)), 6);
});
