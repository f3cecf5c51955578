import type { CommandEntry } from "../frame/types.ts";

/** Every command, in the order of a first use. Loaded when called: help must not wait for ONNX Runtime or DuckDB. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  demo: { summary: "the whole story on a made-up shop, offline", load: () => import("./demo.ts") },
  data: { summary: "import and describe datasets", load: () => import("./data.ts") },
  train: { summary: "train a recommender", load: () => import("./train.ts") },
  serve: { summary: "serve a bundle over HTTP", load: () => import("./serve.ts") },
  probe: { summary: "ask a teacher for its lists within a budget", load: () => import("./probe.ts") },
  diagnose: {
    summary: "say whether a teacher's consistency tells where it is right",
    load: () => import("./diagnose.ts"),
  },
  factors: {
    summary: "write a teacher's user and item vectors as a signal",
    load: () => import("./factors.ts"),
  },
  trajectory: {
    summary: "join what teachers ranked during training into one signal",
    load: () => import("./trajectory.ts"),
  },
  ensemble: {
    summary: "measure an ensemble of teachers, and what each adds to it",
    load: () => import("./ensemble.ts"),
  },
  distill: { summary: "train a student from a teacher's signals", load: () => import("./distill.ts") },
  tune: {
    summary: "try settings of train or distill, and keep what validation items like best",
    load: () => import("./tune.ts"),
  },
  evaluate: { summary: "measure a bundle on a dataset", load: () => import("./evaluate.ts") },
  compare: { summary: "test whether bundles differ on a dataset", load: () => import("./compare.ts") },
  report: { summary: "write one HTML page about a bundle", load: () => import("./report.ts") },
  recommend: { summary: "recommend items for one history or user", load: () => import("./recommend.ts") },
  reproduce: { summary: "re-run a published table, cell by cell", load: () => import("./reproduce.ts") },
  doctor: { summary: "check this machine and say what to fix", load: () => import("./doctor.ts") },
};
