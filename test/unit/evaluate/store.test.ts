import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadEvaluation, saveEvaluation } from "../../../src/evaluate/index.ts";
import type { StoredEvaluation } from "../../../src/evaluate/index.ts";
import { evaluationOf } from "./made-up.ts";

let home: string;
beforeAll(async () => (home = await mkdtemp(join(tmpdir(), "potstill-'evaluation-"))));
afterAll(() => rm(home, { recursive: true }));

const values = Array.from({ length: 5000 }, (_, n) => 1 / (1 + (n % 37)));
const stored: StoredEvaluation = {
  dataset: "d1",
  weights: "w1",
  evaluation: evaluationOf({ "ndcg@10": values }),
};

it("gives back what was saved, more rows than one chunk holds and odd paths included", async () => {
  const directory = join(home, "a", "b");
  await saveEvaluation(directory, stored);
  expect(await loadEvaluation(directory)).toEqual(stored);
  await saveEvaluation(directory, { ...stored, weights: "w2" });
  expect((await loadEvaluation(directory)).weights).toBe("w2");
  expect((await readdir(directory)).sort()).toEqual(["evaluation.json", "per-user.parquet"]);
  expect(await readdir(join(home, "a"))).toEqual(["b"]);
});

it("says what is missing or damaged", async () => {
  const directory = join(home, "damaged");
  await expect(loadEvaluation(directory)).rejects.toThrow(
    /evaluation\.json: expected an evaluation, got nothing\. Run `potstill evaluate` again\.$/,
  );
  await saveEvaluation(directory, stored);
  await truncate(join(directory, "per-user.parquet"), 200);
  await expect(loadEvaluation(directory)).rejects.toThrow(/per-user\.parquet: expected a Parquet file, got /);
  await writeFile(join(directory, "evaluation.json"), '{"schema":2}');
  await expect(loadEvaluation(directory)).rejects.toMatchObject({ code: "input" });
  await writeFile(join(directory, "evaluation.json"), "{");
  await expect(loadEvaluation(directory)).rejects.toThrow("got no JSON.");
});

it("leaves nothing behind where it cannot write", async () => {
  const directory = join(home, "other");
  await rm(directory, { recursive: true, force: true });
  await writeFile(directory, "in the way");
  await expect(saveEvaluation(directory, stored)).rejects.toMatchObject({ code: "conflict" });
  expect((await readdir(home)).filter((name) => name.includes("part"))).toEqual([]);
});
