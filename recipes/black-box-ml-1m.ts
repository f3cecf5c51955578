/**
 * A black box distilled on MovieLens-1M.
 *
 * A SASRec teacher is trained on everybody's histories and served on loopback; it answers with ordered ids. The owner
 * of a student has the histories of a tenth, or of all, of the users, and a budget of 30,000 answers; queries and
 * labels come from those users only, everybody's last item is the test. Students are as large as the teacher.
 *
 * Expected (papers: RecTools .1779 / .3058, SASRec+ .1821 / .3152, SASRec with BCE .108-.134; NDCG@10 / HR@10):
 * teacher NDCG@10 >= .178 and HR@10 >= .305; at a tenth, BAHSD at least +50 % over the student without a teacher.
 */
import { ml1m } from "./sources.ts";
import type { Argv, Cell, Recipe } from "./types.ts";

const shares = { "10": "0.1", "100": "1" } as const;
/** 604 users make 5 batches of 128: small owners learn in smaller batches, 120 epochs at most, whatever the method. */
const small = ["--set", "batchSize=32", "--set", "epochs=120"] as const;
type Share = keyof typeof shares;
const data = ["--data", "data/ml-1m"];

const train = (id: string, minutes: number, ...settings: string[]): Cell => ({
  id,
  needs: [],
  steps: [{ run: ["train", ...data, "--model", "sasrec", ...settings, "--out", `bundles/${id}`] }],
  leaves: `bundles/${id}`,
  measures: `bundles/${id}`,
  minutes,
});

function probe(share: Share): Cell {
  const out = `signals/share-${share}`;
  const asked: Argv = ["probe", "--teacher", "{url}", ...data, "--out", out, "--budget", "30000"];
  return {
    id: `share-${share}/probe`,
    needs: ["teacher"],
    steps: [
      {
        serve: ["serve", "--bundle", "bundles/teacher", "--ids-only"],
        during: [[...asked, "--users", shares[share], "--seed", "7"]],
      },
    ],
    leaves: out,
    measures: null,
    minutes: 3,
  };
}

function student(share: Share, method: string, seed: number, minutes: number, ...settings: string[]): Cell {
  const name = `share-${share}/${method}/seed-${seed}`;
  const out = `bundles/${name}`;
  const made = ["distill", "--method", method, ...settings, "--signals", `signals/share-${share}`, ...data];
  return {
    id: name,
    needs: [`share-${share}/probe`],
    steps: [{ run: [...made, "--student", "sasrec", "--seed", String(seed), "--out", out] }],
    leaves: out,
    measures: out,
    minutes,
  };
}

const methods = ["none", "uniform-kl", "bahsd"] as const;

const earlier =
  "Row `bahsd` is of an earlier default, weights by the rank of a consistency of lists with the history's own items, and is to run again.";

export const blackBoxMl1m: Recipe = {
  name: "black-box-ml-1m",
  title: "A black box distilled on MovieLens-1M",
  source: ml1m,
  protocol: "sasrec-full",
  notes: { "share-10": earlier, "share-100": earlier },
  cells: (seeds) => [
    train("teacher", 15),
    probe("10"),
    ...range(seeds).flatMap((seed) => methods.map((method) => student("10", method, seed, 3, ...small))),
    train("teacher-bce", 15, "--set", "loss=bce"),
    probe("100"),
    ...methods.map((method) => student("100", method, 1, 15)),
  ],
};

const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
