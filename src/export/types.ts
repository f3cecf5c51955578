import type { Scorer } from "../evaluate/index.ts";
import type { Vocabulary } from "../dataset/index.ts";

/** manifest.json of a bundle: model.onnx + manifest.json + items.json (+ users.json for models that know users). */
export interface BundleManifest {
  readonly schema: 1;
  readonly name: string;
  /** Model name, e.g. "sasrec" or "mf", and its resolved options. */
  readonly model: string;
  readonly options: Record<string, unknown>;
  readonly sizes: { users: number; items: number; parameters: number };
  /** Whether the graph takes a history, a user index, or both. */
  readonly input: "history" | "user-or-history";
  /** Longest history the model reads; older items are cut. */
  readonly maxLength: number;
  readonly dataset: { name: string; hash: string };
  /** How it was trained: command, method, options, seed, epochs, the validation metric reached. */
  readonly training: Record<string, unknown>;
  /** Max abs difference between exported graph and training graph, measured at export. */
  readonly parity: { maxAbsDifference: number; sameTopK: boolean; histories: number };
  readonly weightsSha256: string;
  /** Of model.onnx; bundles of earlier versions have none. */
  readonly modelSha256?: string;
  readonly created: string;
}

export interface Recommendation {
  readonly item: number;
  readonly score: number;
}

/** An opened bundle. All indices are the bundle's own item indices. */
export interface Bundle extends Scorer {
  readonly directory: string;
  readonly manifest: BundleManifest;
  readonly vocabulary: Vocabulary;
  /** Present when the model knows users. */
  readonly users: Vocabulary | null;
  /**
   * Best k items per request, score descending then item index ascending, without `exclude`.
   * @param requests a history (oldest first) or a user index known to the model.
   */
  recommend(
    requests: readonly { history?: Int32Array; user?: number; exclude?: ReadonlySet<number> }[],
    k: number,
  ): Promise<Recommendation[][]>;
}
