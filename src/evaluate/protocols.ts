import type { SplitRule } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import { nearest } from "../options.ts";
import { cutoffMetrics, rankingMetrics } from "./metrics/index.ts";
import type { Protocol } from "./types.ts";

const ties = "score-then-item-id";

/** Full ranking as SASRec's descendants report it: everything the user has done is shown and masked. */
const sasrecFull: Protocol = {
  name: "sasrec-full",
  targets: "test",
  history: "train+valid",
  mask: ["train", "valid"],
  usersWithoutTarget: "skip",
  cutoffs: [5, 10, 20],
  ties,
};

/** The validation side of sasrec-full: what early stopping watches. */
const sasrecFullValid: Protocol = {
  ...sasrecFull,
  name: "sasrec-full-valid",
  targets: "valid",
  history: "train",
  mask: ["train"],
};

/** RCE-KD's evaluation: validation items stay candidates at test, and users without a target count as zero. */
const rcekdV1: Protocol = {
  name: "rcekd-v1",
  targets: "test",
  history: "train",
  mask: ["train"],
  usersWithoutTarget: "zero",
  cutoffs: [10, 20],
  ties,
};

const rcekdV1Valid: Protocol = { ...rcekdV1, name: "rcekd-v1-valid", targets: "valid" };

/** HetComp's evaluation, of lists up to 50. */
const hetcomp: Protocol = { ...sasrecFull, name: "hetcomp", history: "train", cutoffs: [10, 50] };

/** How well a model knows what it was trained on; beside `hetcomp`, what is lost on the way to unseen items. */
const hetcompTrain: Protocol = { ...hetcomp, name: "hetcomp-train", targets: "train", mask: [] };

/** RecBole's general setting: its masks and its single cutoff. */
const recboleGeneral: Protocol = { ...sasrecFull, name: "recbole-general", cutoffs: [10] };

const recboleGeneralValid: Protocol = { ...sasrecFullValid, name: "recbole-general-valid", cutoffs: [10] };

/** LightGCN's and NGCF's Gowalla: a test part that was never divided, so validation and test together. */
const lightgcnGowalla: Protocol = {
  ...rcekdV1,
  name: "lightgcn-gowalla",
  targets: "valid+test",
  usersWithoutTarget: "skip",
  cutoffs: [20],
};

/** DE-RRD's: one held-out item among 499 the user has not seen. */
const derrdLoo499: Protocol = {
  ...sasrecFull,
  name: "derrd-loo499",
  history: "train",
  negatives: 499,
  cutoffs: [5, 10],
};

/** Every named protocol. The first is the default where nothing else is said. */
export const protocols: Readonly<Record<string, Protocol>> = {
  "sasrec-full": sasrecFull,
  "sasrec-full-valid": sasrecFullValid,
  "rcekd-v1": rcekdV1,
  "rcekd-v1-valid": rcekdV1Valid,
  hetcomp,
  "hetcomp-train": hetcompTrain,
  "recbole-general": recboleGeneral,
  "recbole-general-valid": recboleGeneralValid,
  "lightgcn-gowalla": lightgcnGowalla,
  "derrd-loo499": derrdLoo499,
};

/** @returns the protocol of that name. @throws UserError("usage") naming the nearest one. */
export function protocolNamed(name: string): Protocol {
  const found = Object.hasOwn(protocols, name) ? protocols[name] : undefined;
  if (found) return found;
  const names = Object.keys(protocols);
  const near = nearest(name, names);
  throw complain("usage", {
    where: "--protocol",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    fix: near === undefined ? "Choose one of these" : `Write "${near}"`,
  });
}

/** @returns the cutoff that a protocol is looked at by first: 10 where it has that. */
export const mainCutoff = ({ cutoffs }: Protocol): number => (cutoffs.includes(10) ? 10 : cutoffs[0]!);

/** @returns labels of all metrics that have a value per user. */
export const userLabels = ({ cutoffs }: Protocol): string[] => [
  ...Object.keys(cutoffMetrics).flatMap((name) => cutoffs.map((k) => `${name}@${k}`)),
  ...Object.keys(rankingMetrics),
];

/** @returns the protocol that a split is usually reported with. */
export function defaultProtocol(split: SplitRule): Protocol {
  if (split.kind === "leave-one-out") return sasrecFull;
  if (split.kind === "given") return rcekdV1;
  return split.kind === "ratio" && split.order === "stored" ? rcekdV1 : recboleGeneral;
}
