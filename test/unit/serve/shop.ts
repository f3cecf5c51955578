import type { Bundle, BundleManifest, Recommendation } from "../../../src/export/index.ts";
import type { Vocabulary } from "../../../src/dataset/index.ts";

const manifest: BundleManifest = {
  schema: 1,
  name: "corner shop",
  model: "neighbours",
  options: {},
  sizes: { users: 2, items: 6, parameters: 0 },
  input: "user-or-history",
  maxLength: 50,
  dataset: { name: "by hand", hash: "0" },
  training: {},
  parity: { maxAbsDifference: 0, sameTopK: true, histories: 0 },
  weightsSha256: "0123456789abcdef",
  created: "2026-01-01T00:00:00Z",
};

function vocabulary(ids: readonly string[], titles: readonly string[] = []): Vocabulary {
  const index = new Map(ids.map((id, i) => [id, i]));
  return { size: ids.length, id: (i) => ids[i]!, index: (id) => index.get(id), title: (i) => titles[i] };
}

const profiles: readonly (readonly number[])[] = [[0], [5]];

/**
 * Six items "10" to "60" on a line: an item scores the nearer it stands to the last one of the history, and an
 * empty history asks for the first item. User "ann" has bought "10", user "bob" has bought "60".
 */
export class CornerShop implements Bundle {
  readonly directory = "corner-shop";
  readonly manifest = manifest;
  readonly items = 6;
  readonly vocabulary = vocabulary(["10", "20", "30", "40", "50", "60"], ["Ale", "Bread", "Cheese"]);
  readonly users = vocabulary(["ann", "bob"]);
  /** How many requests came in each call. */
  readonly calls: number[] = [];
  /** Each call takes this long, so that others arrive meanwhile. */
  readonly millis: number;

  constructor(millis = 0) {
    this.millis = millis;
  }

  score(_users: Int32Array, histories: readonly Int32Array[]): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(histories.flatMap((history) => nearness(history, this.items))));
  }

  async recommend(requests: Parameters<Bundle["recommend"]>[0], k: number): Promise<Recommendation[][]> {
    this.calls.push(requests.length);
    if (this.millis > 0) await new Promise((done) => setTimeout(done, this.millis));
    return requests.map(({ history, user, exclude }) =>
      nearness(user === undefined ? history! : profiles[user]!, this.items)
        .map((score, item) => ({ item, score }))
        .filter(({ item }) => exclude?.has(item) !== true)
        .sort((a, b) => b.score - a.score || a.item - b.item)
        .slice(0, k),
    );
  }
}

function nearness(history: ArrayLike<number>, items: number): number[] {
  const last = history.length === 0 ? 0 : history[history.length - 1]!;
  return Array.from({ length: items }, (_, item) => 1 / (1 + Math.abs(item - last)));
}
