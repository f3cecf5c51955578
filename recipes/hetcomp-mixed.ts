/**
 * HetComp beyond collaborative filtering: three teachers that read histories and three that do not, made into one small SASRec.
 * MovieLens-1M, leave-one-out. Ours: the paper has no such table, so nothing is expected in numbers but that the ensemble beats its
 * best teacher, and HetComp its rivals.
 *
 * Teachers that read histories are those of rce-kd-sequential.ts, HSTU with the same loss over the whole catalogue; MF and LightGCN are
 * as wide as in hetcomp.ts; EASE is fitted in one pass, so its four states are one. Early stopping on validation NDCG@10. Every method has the
 * default options of its file; nothing is tuned.
 */
import { ensembleCells, type EnsembleTable } from "./hetcomp-cells.ts";
import { ml1m } from "./sources.ts";
import type { Recipe } from "./types.ts";

const pairs = {
  batchSize: 2048,
  reduction: "sum",
  untouched: "move",
  weightDecay: 1e-4,
  validateEvery: 5,
  patience: 5,
};
const read = { maxLength: 50, dropout: 0.2 };

const table: EnsembleTable = {
  data: "data/ml-1m",
  protocol: "sasrec-full",
  teachers: {
    sasrec: { model: "sasrec", set: { width: 128, ...read }, minutes: 20 },
    bert4rec: { model: "bert4rec", set: { maxLength: 50 }, minutes: 60 },
    hstu: { model: "hstu", set: { blocks: 4, ...read }, minutes: 40 },
    mf: { model: "mf", set: { width: 60, ...pairs }, minutes: 15 },
    lightgcn: { model: "lightgcn", set: { width: 64, layers: 2, ...pairs }, minutes: 30 },
    ease: { model: "ease", set: {}, minutes: 1 },
  },
  students: {
    sasrec16: {
      model: "sasrec",
      set: { blocks: 1, heads: 1, width: 16, maxLength: 50, dropout: 0.1 },
      minutes: 8,
    },
  },
  minutes: 20,
};

export const hetcompMl1mMixed: Recipe = {
  name: "hetcomp-ml1m-mixed",
  title: "HetComp on MovieLens-1M, teachers that read histories and others",
  source: ml1m,
  protocol: table.protocol,
  cells: (seeds) => ensembleCells(table, seeds),
};
