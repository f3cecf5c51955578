/** Scores from vectors: whole rows are streamed and ranked, chosen pairs are computed one by one. */
import type { Sequences } from "../dataset/index.ts";
import { rankByTables, Ranker } from "../evaluate/index.ts";
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
  /** Whether they are the same at every call. */
  readonly fixed?: boolean;
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
  #tables: Tables | undefined;

  constructor(given: FactorScoresInput, program: Program<"scores">) {
    this.#given = given;
    this.#program = program;
  }

  async top(k: number, { unseen = false, items: among }: Among = {}): Promise<Int32Array> {
    const { users, items, train, width, vectors, device } = this.#given;
    const { users: u, items: i } = await vectors();
    const { best } = await rankByTables(
      {
        tables: { users: u.data, items: i.data, width },
        users: Int32Array.from({ length: users }, (_, n) => n),
        closed: among === undefined ? new Int32Array(0) : complement(among, items),
        masked: unseen ? [train] : [],
        k: Math.min(k, items),
      },
      device,
    );
    return best;
  }

  async ranks(chosen: Int32Array, k: number): Promise<Int32Array> {
    const ranks = new Int32Array(chosen.length);
    const ranker = new Ranker(this.#given.items, 0);
    const places = new Int32Array(this.#given.items);
    await this.each((user, scores) => {
      ranker.open(user, scores, []);
      ranker.places(places);
      for (let n = user * k; n < (user + 1) * k; n++) ranks[n] = places[chosen[n]!]!;
    });
    return ranks;
  }

  async of(chosen: Int32Array, k: number): Promise<Float32Array> {
    const { users, fixed } = this.#given;
    const tables = this.#tables ?? new Tables(await this.#given.vectors());
    if (fixed === true) this.#tables = tables;
    return tables.scores(chosen, users, k);
  }

  async each(visit: (user: number, scores: Float32Array) => void): Promise<void> {
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

/** Pairs whose scores are computed in one call. */
const block = 2 ** 18;

/** A copy of vectors where the kernel sees them. */
class Tables {
  readonly #arena: Arena;
  readonly #width: number;
  readonly #users: Float32Array;
  readonly #items: Float32Array;
  readonly #rows: Int32Array;
  readonly #chosen: Int32Array;
  readonly #scores: Float32Array;

  constructor({ users, items }: Factors) {
    const arena = new Arena(users.data.length + items.data.length + 3 * block, 5);
    [this.#arena, this.#width] = [arena, users.width];
    this.#users = arena.float32(users.data.length);
    this.#users.set(users.data);
    this.#items = arena.float32(items.data.length);
    this.#items.set(items.data);
    [this.#rows, this.#chosen] = [arena.int32(block), arena.int32(block)];
    this.#scores = arena.float32(block);
  }

  /** @returns [U, k] the scores of chosen items [U, k] */
  scores(chosen: Int32Array, users: number, k: number): Float32Array {
    const found = new Float32Array(chosen.length);
    const tables = [at(this.#users), at(this.#items), this.#width] as const;
    const most = Math.max(1, Math.floor(block / k));
    for (let from = 0; from < users; from += most) {
      const n = Math.min(most, users - from);
      for (let b = 0; b < n; b++) this.#rows[b] = from + b;
      this.#chosen.set(chosen.subarray(from * k, (from + n) * k));
      const pairs = [at(this.#rows), at(this.#chosen), n, k] as const;
      this.#arena.kernels.chosenScores(...tables, ...pairs, at(this.#scores));
      found.set(this.#scores.subarray(0, n * k), from * k);
    }
    return found;
  }
}

/** @returns the items of a catalogue that are not among the given. */
function complement(given: Int32Array, items: number): Int32Array {
  const inside = new Set(given);
  return Int32Array.from({ length: items }, (_, i) => i).filter((i) => !inside.has(i));
}
