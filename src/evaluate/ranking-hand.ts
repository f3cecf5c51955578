/**
 * Ranks users by scores of whole rows, chunk after chunk, on one thread. The text of this class is what another thread
 * runs, so it uses its arguments and nothing else from outside itself.
 */
import type { Arena, listScratch } from "../kernels/index.ts";
import type { Ort, Session } from "../runtime/index.ts";

/** What threads share; over shared memory where there are several. */
export interface RankingJob {
  /** As in ScoreTables: [N, D] of the users to rank, [I, D], and [H]. */
  readonly users: Float32Array;
  readonly items: Float32Array;
  readonly width: number; // D
  readonly maxima: Float32Array;
  /** Whether scores are computed by kernels alone, which is faster for narrow tables. */
  readonly narrow: boolean;
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

/** Items [I, dots] where ONNX Runtime multiplies them. */
type Table = InstanceType<Ort["Tensor"]> | null;

/** Some numbers of each row. */
interface Side {
  readonly width: number;
  readonly users: Float32Array; // [chunk, width]
  readonly panels: Float32Array; // [I, width] sixteen items at a time, number by number
}

/** Arrays of one arena, for one shape of jobs. */
interface Room {
  readonly arena: Arena;
  readonly scores: Float32Array; // [chunk, I]
  /** What kernels read: numbers of which dot products are made, and of which maxima are taken; and weights of these. */
  readonly dots: Side;
  readonly others: Side;
  readonly maxima: Float32Array;
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
    const room = this.#roomFor(job, items);
    const table = this.#lay(job, room, items);
    for (;;) {
      const from = Atomics.add(next, 0, 1) * chunk;
      if (from >= n) return null;
      const to = Math.min(n, from + chunk);
      await this.#score(job, room, job.users.slice(from * width, to * width), table);
      for (let user = from; user < to; user++) {
        const item = this.#rank(job, room, user, room.scores.byteOffset + 4 * (user - from) * items, items);
        if (item >= 0) return { user, item };
      }
    }
  }

  /** Lays out what is the same for all users. @returns items as ONNX Runtime reads them. */
  #lay(job: RankingJob, room: Room, items: number): Table {
    const { width, maxima, narrow } = job;
    const dots = width - maxima.length;
    room.closed.set(job.closed);
    room.maxima.set(maxima);
    this.#layPanels(room.dots, job, 0);
    this.#layPanels(room.others, job, dots);
    return narrow ? null : this.#tensor(this.#own(this.#columns(job.items, width, 0, dots)), [items, dots]);
  }

  /** Scores a chunk of users [n, D]. */
  async #score({ width, maxima }: RankingJob, room: Room, users: Float32Array, table: Table): Promise<void> {
    const { kernels } = room.arena;
    const { scores, dots, others } = room;
    const [n, items, wide] = [users.length / width, room.closed.length, width - maxima.length];
    const left = this.#columns(users, width, 0, wide);
    if (table === null) {
      dots.users.set(left);
      const [from, panels] = [dots.users.byteOffset, dots.panels.byteOffset];
      kernels.dotPanels(from, n, panels, items, wide, scores.byteOffset);
    } else {
      const found = this.#tensor(scores.subarray(0, n * items), [n, items]);
      await this.#session.run({ users: this.#tensor(left, [n, wide]), items: table }, { scores: found });
    }
    if (others.width === 0) return;
    others.users.set(this.#columns(users, width, wide, width));
    const [from, panels, weights] = [others.users, others.panels, room.maxima].map((a) => a.byteOffset);
    kernels.addMaxima(from!, n, panels!, items, weights!, others.width, scores.byteOffset);
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

  /** Items sixteen at a time, number by number, of which the first is number `first` of a row. */
  #layPanels({ width: w, panels }: Side, { items, width }: RankingJob, first: number): void {
    for (let i = 0, at = first; w > 0 && at < items.length; i++, at += width)
      for (let j = 0; j < w; j++) panels[((i >> 4) * w + j) * 16 + (i & 15)] = items[at + j]!;
  }

  /** @returns numbers `from` until `to` of each row. */
  #columns(rows: Float32Array, width: number, from: number, to: number): Float32Array {
    const size = to - from;
    if (size === width) return rows;
    const found = new Float32Array((rows.length / width) * size);
    for (let at = 0, r = 0; at < found.length; at += size, r += width)
      found.set(rows.subarray(r + from, r + to), at);
    return found;
  }

  #row({ offsets, items }: Rows, n: number): Int32Array {
    return items.subarray(offsets[n], offsets[n + 1]);
  }

  #roomFor({ width, maxima, narrow, chunk }: RankingJob, items: number): Room {
    const [wide, h] = [narrow ? width - maxima.length : 0, maxima.length];
    const had = this.#room;
    const fits = had?.closed.length === items && had.scores.length === chunk * items;
    if (fits && had.dots.width === wide && had.others.width === h) return had;
    const [scratch, padded] = [this.#scratchOf(items), 16 * Math.ceil(items / 16)];
    const numbers = chunk * (items + wide + h) + padded * (wide + h) + h + 4 * items + scratch;
    const arena = new this.#ArenaClass(numbers, 11, this.#program);
    const [ints, floats] = [() => arena.int32(items), (n: number) => arena.float32(n)];
    const side = (w: number): Side => ({ width: w, users: floats(chunk * w), panels: floats(padded * w) });
    const read = { dots: side(wide), others: side(h), maxima: floats(h) };
    const lists = { ids: ints(), ranks: ints(), closed: ints(), best: ints() };
    const scores = floats(chunk * items);
    return (this.#room = { arena, scores, ...read, ...lists, scratch: arena.int32(scratch) });
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
