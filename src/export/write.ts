/** Writing a bundle, and proving that what was written is what was trained. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Dataset } from "../dataset/index.ts";
import { complain } from "../errors.ts";
import type { Scorer } from "../evaluate/index.ts";
import { draftFolder } from "../files.ts";
import { emit } from "../graph/index.ts";
import type { Model, ModelOptions, Parameters } from "../models/index.ts";
import { openBundle } from "./bundle.ts";
import { vocabularyFile } from "./files.ts";
import { servingGraph } from "./graph.ts";
import type { Bundle, BundleManifest } from "./types.ts";

/** Largest difference of a score that is still the same model in float32: so much, times the largest score above 1. */
const tolerance = 1e-5;
const topList = 10;

export interface ExportInput {
  readonly directory: string;
  readonly force: boolean;
  readonly name: string;
  readonly model: Model;
  readonly options: ModelOptions;
  readonly weights: Parameters;
  readonly dataset: Dataset;
  /** The training graph's scores, to compare with. */
  readonly scorer: Scorer;
  /** Histories and users of the comparison. */
  readonly probes: { readonly users: Int32Array; readonly histories: readonly Int32Array[] };
  readonly training: Readonly<Record<string, unknown>>;
  /** ISO date; the clock is the caller's. */
  readonly created: string;
  /** More files to put beside the model, by name; the name may be in a folder. */
  readonly extra?: Readonly<Record<string, string | Uint8Array>>;
}

/** Says before hours of training what would go wrong after them. @throws UserError when the bundle cannot be put there. */
export async function requireRoomFor(directory: string, force: boolean): Promise<void> {
  await (await draftFolder(directory, { ...folder, force })).discard();
}

const folder = {
  what: "bundle",
  files: ["manifest.json", "model.onnx"],
  also: /^(items\.json|users\.json|events\.jsonl|reliability\.json|trajectory|evaluation)$/,
};

/** @throws UserError "io" when the exported graph does not give the training graph's scores. */
export async function writeBundle(input: ExportInput): Promise<BundleManifest> {
  const draft = await draftFolder(input.directory, { ...folder, force: input.force });
  try {
    const manifest = await writeFiles(draft.path, input);
    const { allowed, ...parity } = await compareScores(await openBundle(draft.path), input);
    if (parity.maxAbsDifference > allowed || !parity.sameTopK)
      throw differs(input.directory, parity, allowed);
    const proven = { ...manifest, parity };
    await writeFile(join(draft.path, "manifest.json"), JSON.stringify(proven, null, 2));
    await draft.publish();
    return proven;
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

async function writeFiles(path: string, input: ExportInput): Promise<BundleManifest> {
  const { model, options, weights, dataset } = input;
  const { outputs, knowsUsers, stored } = servingGraph(model, options, weights);
  const bytes = emit({ outputs, stored, metadata: { model: model.name, dataset: dataset.manifest.hash } });
  const manifest: BundleManifest = {
    schema: 1,
    name: input.name,
    model: model.name,
    options,
    sizes: { users: dataset.users.size, items: dataset.items.size, parameters: countOf(weights) },
    input: knowsUsers ? "user-or-history" : "history",
    maxLength: model.maxLength(options),
    dataset: { name: dataset.manifest.name, hash: dataset.manifest.hash },
    training: input.training,
    parity: { maxAbsDifference: 0, sameTopK: true, histories: 0 },
    weightsSha256: hashWeights(weights),
    modelSha256: createHash("sha256").update(bytes).digest("hex"),
    created: input.created,
  };
  const files: Record<string, string | Uint8Array> = {
    ...input.extra,
    "model.onnx": bytes,
    "items.json": vocabularyFile(dataset.items),
    ...(knowsUsers ? { "users.json": vocabularyFile(dataset.users) } : {}),
    "manifest.json": JSON.stringify(manifest),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return manifest;
}

async function compareScores(
  bundle: Bundle,
  { scorer, probes }: ExportInput,
): Promise<BundleManifest["parity"] & { readonly allowed: number }> {
  const { users, histories } = probes;
  const trained = Float32Array.from(await scorer.score(users, histories));
  const exported = await bundle.score(users, histories);
  let [maxAbsDifference, largest] = [0, 1];
  trained.forEach((s, i) => {
    maxAbsDifference = Math.max(maxAbsDifference, Math.abs(s - exported[i]!));
    if (Number.isFinite(s)) largest = Math.max(largest, Math.abs(s));
  });
  const allowed = tolerance * largest;
  const served = await bundle.recommend(
    histories.map((history, b) => ({ history, user: users[b]! })),
    topList,
  );
  const sameTopK = served.every((list, b) => {
    const row = trained.subarray(b * bundle.items, (b + 1) * bundle.items);
    const ascending = row.slice().sort();
    return list.every(({ item }, r) => Math.abs(row[item]! - ascending.at(-1 - r)!) <= allowed);
  });
  return { maxAbsDifference, sameTopK, histories: histories.length, allowed };
}

const countOf = (weights: Parameters) => Object.values(weights).reduce((n, { data }) => n + data.length, 0);

/** @returns a hash of names, shapes and values: the same weights give the same hash. */
export function hashWeights(weights: Parameters): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(weights).sort()) {
    const { shape, data } = weights[name]!;
    hash.update(`${name}[${shape.join()}]`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

const differs = (where: string, { maxAbsDifference, sameTopK }: BundleManifest["parity"], allowed: number) =>
  complain("io", {
    where,
    expected: `exported scores within ${allowed.toExponential(1)} of the trained ones and the same top ${topList}`,
    got: `a difference of ${maxAbsDifference.toExponential(2)}${sameTopK ? "" : " and another top list"}`,
    fix: "Nothing was written. Please report this with the command you ran",
  });
