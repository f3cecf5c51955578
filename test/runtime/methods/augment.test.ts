import { expect, it } from "vitest";
import { augment } from "../../../src/methods/index.ts";
import { bert4rec } from "../../../src/models/index.ts";
import { dataset, k, queries } from "../../contracts/list-world.ts";
import { rowsOf, signalOf } from "../../contracts/lists-of.ts";
import { methodContract } from "../../contracts/method-contract.ts";
import { tinyLearn } from "../../contracts/tiny-run.ts";
import { scratch } from "../../unit/scratch.ts";
import { hashWeights } from "../../../src/export/index.ts";

methodContract(augment);
const folder = await scratch();

it("reads no list: other answers give the same student", async () => {
  const other = queries.map((query) => ({ ...query, list: [7] }));
  const hashes = [];
  for (const [name, given] of Object.entries({ queries, other })) {
    const signal = await signalOf(folder.path(name), dataset, rowsOf(given), k);
    const run = { model: bert4rec, dataset, teacher: { method: "augment", signal } };
    hashes.push(hashWeights((await tinyLearn(run)).weights));
  }
  expect(hashes[1]).toBe(hashes[0]);
});
