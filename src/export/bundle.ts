/** Opening a bundle: the model and vocabulary that `serve`, `evaluate` and `recommend` share. */
import { join } from "node:path";
import { complain } from "../errors.ts";
import type { ScoreTables } from "../evaluate/index.ts";
import { padHistories } from "../models/index.ts";
import type { Feed } from "../graph/index.ts";
import { ModelFile, type Device } from "../runtime/index.ts";
import { bundleFolder } from "../manifests.ts";
import { readManifest, readVocabulary, requireModelOf } from "./files.ts";
import type { Bundle, BundleManifest, Recommendation } from "./types.ts";
import type { Vocabulary } from "../dataset/index.ts";

type Request = Parameters<Bundle["recommend"]>[0][number];

/** @throws UserError "not-found" or "input" naming the file that is missing or broken. */
export async function openBundle(directory: string, device?: Device): Promise<Bundle> {
  const manifest = await readManifest(directory);
  const vocabulary = await readVocabulary(join(directory, "items.json"), manifest.sizes.items);
  const users =
    manifest.input === "user-or-history"
      ? await readVocabulary(join(directory, "users.json"), manifest.sizes.users)
      : null;
  const path = join(directory, "model.onnx");
  const file = await ModelFile.open(path, device).catch((error: unknown) => {
    if (error instanceof Error && error.name === "UserError") throw error;
    throw complain("input", {
      where: path,
      expected: "an ONNX model written by potstill",
      got: error instanceof Error ? error.message.split("\n")[0]! : String(error),
      fix: bundleFolder.fix.again,
    });
  });
  await requireModelOf(path, manifest);
  return new OpenBundle(directory, manifest, vocabulary, users, file, device);
}

/** Users whose vectors are computed at once. */
const atOnce = 256;

class OpenBundle implements Bundle {
  readonly items: number;
  readonly tables?: NonNullable<Bundle["tables"]>;
  #scores = new Float32Array(0);

  constructor(
    readonly directory: string,
    readonly manifest: BundleManifest,
    readonly vocabulary: Vocabulary,
    readonly users: Vocabulary | null,
    private readonly file: ModelFile,
    readonly device: Device | undefined,
  ) {
    this.items = manifest.sizes.items;
    if (file.shapeOf("item_vectors") !== undefined)
      this.tables = (u, histories) => this.#vectors(u, histories);
  }

  async score(users: Int32Array, histories: readonly Int32Array[]): Promise<Float32Array> {
    const size = histories.length * this.items;
    if (this.#scores.length < size) this.#scores = new Float32Array(size);
    const data = this.#scores.subarray(0, size);
    const feeds = this.#feeds(Array.from(users), histories, 1);
    await this.file.run(feeds, { scores: { data, shape: [histories.length, this.items] } });
    return data;
  }

  async #vectors(users: Int32Array, histories: readonly Int32Array[]): Promise<ScoreTables> {
    const width = Number(this.file.shapeOf("item_vectors")![1]);
    const found = new Float32Array(users.length * width);
    const items = new Float32Array(this.items * width);
    for (let from = 0; from < users.length; from += atOnce) {
      const some = users.subarray(from, from + atOnce);
      const data = found.subarray(from * width, (from + some.length) * width);
      await this.file.run(this.#feeds(Array.from(some), histories.slice(from, from + atOnce), 1), {
        user_vectors: { data, shape: [some.length, width] },
        ...(from === 0 && { item_vectors: { data: items, shape: [this.items, width] } }),
      });
    }
    return { width, users: found, items };
  }

  async recommend(requests: readonly Request[], k: number): Promise<Recommendation[][]> {
    for (const { history, user } of requests)
      if ((user === undefined || this.users === null) && (history?.length ?? 0) === 0) throw nothingToGoBy();
    const hidden = requests.reduce((n, { exclude }) => Math.max(n, exclude?.size ?? 0), 0);
    const depth = Math.min(this.items, k + hidden);
    const shape = [requests.length, depth];
    const items = new BigInt64Array(requests.length * depth);
    const scores = new Float32Array(requests.length * depth);
    const histories = requests.map(({ history }) => history ?? new Int32Array(0));
    const feeds = this.#feeds(
      requests.map(({ user }) => user ?? -1),
      histories,
      depth,
    );
    await this.file.run(feeds, { items: { data: items, shape }, item_scores: { data: scores, shape } });
    return requests.map(({ exclude }, b) => {
      const list: Recommendation[] = [];
      for (let at = b * depth; at < (b + 1) * depth && list.length < k; at++) {
        const item = Number(items[at]);
        if (exclude?.has(item) !== true) list.push({ item, score: scores[at]! });
      }
      return list;
    });
  }

  #feeds(users: readonly number[], histories: readonly Int32Array[], k: number): Record<string, Feed> {
    const { data, width } = padHistories(histories, this.manifest.maxLength);
    return {
      history: { data: BigInt64Array.from(data, BigInt), shape: [histories.length, width] },
      k: { data: BigInt64Array.of(BigInt(k)), shape: [1] },
      ...(this.users === null
        ? {}
        : { user: { data: BigInt64Array.from(users, BigInt), shape: [users.length] } }),
    };
  }
}

const nothingToGoBy = () =>
  complain("input", {
    where: "history",
    expected: "at least one item of the catalogue",
    got: "none",
    fix: "Give the items the user has interacted with, oldest first",
  });
