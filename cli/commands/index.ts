import type { CommandEntry } from "../frame/types.ts";

const load = async (name: string) =>
  (await import(`./${name}.ts`)) as Awaited<ReturnType<CommandEntry["load"]>>;

/** Every command, in the order of a first use. Loaded when called: help must not wait for ONNX Runtime or DuckDB. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  demo: { summary: "the whole story on a made-up shop, offline", load: () => load("demo") },
  data: { summary: "import and describe datasets", load: () => load("data") },
  train: { summary: "train a recommender", load: () => load("train") },
  serve: { summary: "serve a bundle over HTTP", load: () => load("serve") },
  probe: { summary: "ask a teacher for its lists within a budget", load: () => load("probe") },
  distill: { summary: "train a student from a teacher's signals", load: () => load("distill") },
  evaluate: { summary: "measure a bundle on a dataset", load: () => load("evaluate") },
  compare: { summary: "test whether bundles differ on a dataset", load: () => load("compare") },
  report: { summary: "write one HTML page about a bundle", load: () => load("report") },
  recommend: { summary: "recommend items for one history or user", load: () => load("recommend") },
  reproduce: { summary: "re-run a published table, cell by cell", load: () => load("reproduce") },
  doctor: { summary: "check this machine and say what to fix", load: () => load("doctor") },
};
