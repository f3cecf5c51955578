/**
 * Ranks users by scores of whole rows, chunk after chunk, on one thread. The text of this class is what another thread
 * runs, so it uses its arguments and nothing else from outside itself.
 */
import type { Arena, listScratch } from "../kernels/index.ts";
import type { Ort, Session } from "../runtime/index.ts";

/** What threads share; over shared memory where there are several. */
export interface RankingJob {
  /** [N, D] of the users to rank, and [I, D]. */
  readonly users: Float32Array;
  readonly items: Float32Array;
  readonly width: number; // D
  /** Items that are nobody's candidates; then those that are not user n's: at[n] until at[n + 1] of `items`. */
  readonly closed: Int32Array;
  readonly masked: Rows;
  /** Items whose ranks are asked for, a row per user. */
  readonly targets: Rows;
  /** [targets] receives ranks from 1; 0 for an item that is no candidate. */
  readonly ranks: Int32Array;
  readonly k: number;
  /** [N, k] receives the best items; -1 fills up. */
  readonly best: Int32Array;
  /** Users of a chunk, and [1] the next chunk to be taken by a thread. */
  readonly chunk: number;
  readonly next: Int32Array;
}

export interface Rows {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** The first score that is not a number. */
export interface NotANumber {
  readonly user: number;
  readonly item: number;
}

/** Arrays of one arena, for one shape of jobs. */
interface Room {
  readonly arena: Arena;
  readonly scores: Float32Array; // [chunk, I]
  readonly ids: Int32Array; // [I] masked items or targets
  readonly ranks: Int32Array; // [I]
  readonly closed: Int32Array; // [I]
  readonly best: Int32Array; // [I]
  readonly scratch: Int32Array;
}

export class RankingHand {
  readonly #ort: Ort;
  readonly #session: Session;
  readonly #program: WebAssembly.Module;
  readonly #scratchOf: typeof listScratch;
  readonly #ArenaClass: typeof Arena;
  #room: Room | null = null;
  #items = new Float32Array(0);

  constructor(
    ort: Ort,
    session: Session,
    program: WebAssembly.Module,
    ArenaClass: typeof Arena,
    scratchOf: typeof listScratch,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.#program = program;
    this.#ArenaClass = ArenaClass;
    this.#scratchOf = scratchOf;
  }

  /** @returns null, or what was met in place of a score; the job is left unfinished then. */
  async run(job: RankingJob): Promise<NotANumber | null> {
    const { width, chunk, next } = job;
    const [n, items] = [job.users.length / width, job.items.length / width];
    const room = this.#roomFor(items, chunk);
    room.closed.set(job.closed);
    const table = this.#tensor(this.#own(job.items), [items, width]);
    for (;;) {
      const from = Atomics.add(next, 0, 1) * chunk;
      if (from >= n) return null;
      const to = Math.min(n, from + chunk);
      const users = job.users.slice(from * width, to * width);
      const size = to - from;
      const scores = this.#tensor(room.scores.subarray(0, size * items), [size, items]);
      await this.#session.run({ users: this.#tensor(users, [size, width]), items: table }, { scores });
      for (let user = from; user < to; user++) {
        const item = this.#rank(job, room, user, room.scores.byteOffset + 4 * (user - from) * items, items);
        if (item >= 0) return { user, item };
      }
    }
  }

  /** @returns the first item whose score is not a number, or -1. */
  #rank(job: RankingJob, room: Room, user: number, scores: number, items: number): number {
    const { kernels } = room.arena;
    const { ids, ranks, best } = room;
    const unknown = kernels.firstNaN(scores, items);
    if (unknown >= 0) return unknown;
    kernels.mask(scores, room.closed.byteOffset, job.closed.length);
    const masked = this.#row(job.masked, user);
    ids.set(masked);
    kernels.mask(scores, ids.byteOffset, masked.length);
    const targets = this.#row(job.targets, user);
    ids.set(targets);
    kernels.ranksOf(scores, items, ids.byteOffset, targets.length, ranks.byteOffset);
    job.ranks.set(ranks.subarray(0, targets.length), job.targets.offsets[user]);
    const k = Math.min(job.k, items);
    const size = kernels.best(scores, items, k, best.byteOffset, room.scratch.byteOffset);
    best.fill(-1, size, k);
    job.best.set(best.subarray(0, k), user * k);
    return -1;
  }

  #row({ offsets, items }: Rows, n: number): Int32Array {
    return items.subarray(offsets[n], offsets[n + 1]);
  }

  #roomFor(items: number, chunk: number): Room {
    if (this.#room?.ids.length === items && this.#room.scores.length === chunk * items) return this.#room;
    const scratch = this.#scratchOf(items);
    const arena = new this.#ArenaClass(chunk * items + 4 * items + scratch, 6, this.#program);
    const ints = () => arena.int32(items);
    const scores = arena.float32(chunk * items);
    const [ids, ranks, closed, best] = [ints(), ints(), ints(), ints()];
    return (this.#room = { arena, scores, ids, ranks, closed, best, scratch: arena.int32(scratch) });
  }

  #tensor(data: Float32Array, shape: readonly number[]): InstanceType<Ort["Tensor"]> {
    return new this.#ort.Tensor("float32", data, shape);
  }

  /** ONNX Runtime refuses arrays over shared memory. */
  #own(data: Float32Array): Float32Array {
    if (data.buffer instanceof ArrayBuffer) return data;
    if (this.#items.length !== data.length) this.#items = new Float32Array(data.length);
    this.#items.set(data);
    return this.#items;
  }
}
