import { expect, it } from "vitest";
import { bahsd } from "../../../src/methods/index.ts";
import { sasrec } from "../../../src/models/index.ts";
import { inFloat64 } from "../../contracts/graph-values.ts";
import { taught } from "../../contracts/list-batch.ts";
import { batch, dataset, k, queries, scores } from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { tinyLearn } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";

methodContract(bahsd, [
  { mode: "brief" },
  {},
  { mode: "brief", gate: "soft" },
  { mode: "brief", threshold: 1, contrast: 0 }, // nothing but doubtful lists
  { mode: "brief", threshold: 0, rank: 0, labels: 0 }, // none
  { mode: "brief", gate: "none", kl: 0, gateBy: "oracle" },
  { mode: "brief", gateBy: "permuted", temperatureMin: 4, temperatureMax: 1 },
  { gateBy: "length" },
  { views: 1 },
  { mode: "brief", gate: "soft", views: 1 },
]);

const folder = await scratch();
const signal = await signalOf(folder.path("lists"), dataset, rowsOf(queries), k);
const alone = { kl: 0, rank: 0, contrast: 0 };
const lossOf = (o: Record<string, unknown>) => {
  const { loss, values } = taught(
    bahsd,
    signal,
    dataset,
    { mode: "brief", gate: "none", ...o },
    batch,
    scores,
  );
  return inFloat64(loss, values)[0]!;
};

it("is the sum of its terms without a gate, each alone where the others weigh 0", () => {
  const terms = [
    lossOf({ ...alone, kl: 1 }),
    lossOf({ ...alone, rank: 1 }),
    lossOf({ ...alone, contrast: 1 }),
  ];
  terms.forEach((term) => expect(term).not.toBe(0));
  const all = 2 * terms[0]! + 3 * terms[1]! + 0.5 * terms[2]!;
  expect(lossOf({ kl: 2, rank: 3, contrast: 0.5 })).toBeCloseTo(all, 6);
});

it("complains where every term weighs 0", async () => {
  const teacher = { method: "bahsd", signal, options: { mode: "brief", labels: 0, ...alone } };
  await expect(async () => tinyLearn({ model: sasrec, dataset, teacher })).rejects.toThrow(
    'method "bahsd": expected a term of its loss with a weight above 0, got none. Set labels',
  );
});
