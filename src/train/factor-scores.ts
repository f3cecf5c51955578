/** Scores from vectors: whole rows are streamed and ranked, chosen pairs are computed one by one. */
import type { Sequences } from "../dataset/index.ts";
import { row } from "../dataset/index.ts";
import { Ranker } from "../evaluate/index.ts";
import { input, matmul } from "../graph/index.ts";
import { Arena, at } from "../kernels/index.ts";
import type { Among, Scores } from "../methods/index.ts";
import { Program, type Device } from "../runtime/index.ts";
import type { Factors } from "../signals/index.ts";

/** Scores of a chunk of users: 16 MiB of them, which stay near the cache. */
const chunkNumbers = 2 ** 22;

export interface FactorScoresInput {
  readonly width: number; // D
  readonly users: number; // U
  readonly items: number; // I
  /** The vectors as they are at each call. */
  readonly vectors: () => Factors | Promise<Factors>;
  readonly train: Sequences;
  readonly device?: Device | undefined;
}

export async function factorScores(given: FactorScoresInput): Promise<Scores> {
  const { width } = given;
  const [u, i] = [input("users", ["B", width]), input("items", ["I", width])];
  const program = await Program.compile({ scores: matmul(u, i, { transB: true }) }, given.device);
  return new FactorScores(given, program);
}

class FactorScores implements Scores {
  readonly #given: FactorScoresInput;
  readonly #program: Program<"scores">;

  constructor(given: FactorScoresInput, program: Program<"scores">) {
    this.#given = given;
    this.#program = program;
  }

  async top(k: number, { unseen = false, items: among }: Among = {}): Promise<Int32Array> {
    const { users, items, train } = this.#given;
    const others = among === undefined ? [] : [complement(among, items)];
    const length = Math.min(k, items);
    const best = new Int32Array(users * length).fill(-1);
    const ranker = new Ranker(items, length);
    await this.#stream((user, scores) => {
      ranker.open(user, scores, unseen ? [row(train, user), ...others] : others);
      ranker.top(best.subarray(user * length, (user + 1) * length));
    });
    return best;
  }

  async ranks(chosen: Int32Array, k: number): Promise<Int32Array> {
    const ranks = new Int32Array(chosen.length);
    const ranker = new Ranker(this.#given.items, 0);
    const places = new Int32Array(this.#given.items);
    await this.#stream((user, scores) => {
      ranker.open(user, scores, []);
      ranker.places(places);
      for (let n = user * k; n < (user + 1) * k; n++) ranks[n] = places[chosen[n]!]!;
    });
    return ranks;
  }

  async of(chosen: Int32Array, k: number): Promise<Float32Array> {
    const { width, users } = this.#given;
    const vectors = await this.#given.vectors();
    const numbers = vectors.users.data.length + vectors.items.data.length + 2 * chosen.length + users;
    const arena = new Arena(numbers, 5);
    const placed = (data: Float32Array) => {
      const array = arena.float32(data.length);
      array.set(data);
      return array;
    };
    const [u, i] = [placed(vectors.users.data), placed(vectors.items.data)];
    const ids = arena.int32(chosen.length);
    ids.set(chosen);
    const scores = arena.float32(chosen.length);
    const rows = arena.int32(users);
    for (let n = 0; n < users; n++) rows[n] = n;
    arena.kernels.chosenScores(at(u), at(i), width, at(rows), at(ids), users, k, at(scores));
    return Float32Array.from(scores);
  }

  /** Hands every user's scores [I] to `visit`; they are overwritten afterwards. */
  async #stream(visit: (user: number, scores: Float32Array) => void): Promise<void> {
    const { users, items, width } = this.#given;
    const vectors = await this.#given.vectors();
    const chunk = Math.max(1, Math.floor(chunkNumbers / items));
    const table = { data: vectors.items.data, shape: [items, width] };
    for (let from = 0; from < users; from += chunk) {
      const to = Math.min(users, from + chunk);
      const data = vectors.users.data.subarray(from * width, to * width);
      const { scores } = await this.#program.run({
        users: { data, shape: [to - from, width] },
        items: table,
      });
      const found = scores.data as Float32Array;
      for (let u = from; u < to; u++) visit(u, found.subarray((u - from) * items, (u - from + 1) * items));
    }
  }
}

/** @returns the items of a catalogue that are not among the given. */
function complement(given: Int32Array, items: number): Int32Array {
  const inside = new Set(given);
  return Int32Array.from({ length: items }, (_, i) => i).filter((i) => !inside.has(i));
}
