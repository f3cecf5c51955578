/** The tokens of a distillation batch: which histories are encoded, and at which tokens queries and labels are read. */
import { pack, row, type Sequences } from "../dataset/index.ts";
import type { Feed } from "../graph/index.ts";
import type { MethodPlan } from "../methods/index.ts";
import type { ListSignal } from "../signals/index.ts";
import { float32, int32 } from "./feeds.ts";
import { packedFeeds } from "./next-item-task.ts";

export interface BatchSource {
  readonly train: Sequences;
  readonly signal: ListSignal;
  readonly plan: MethodPlan;
  /** Rows of the signal by user. */
  readonly queriesOf: ReadonlyMap<number, readonly number[]>;
  readonly maxLength: number;
  readonly labelled: boolean;
}

/** A batch, or a part of one. */
export interface QueryBatch {
  /** @param labels of the whole batch, over which their loss is a mean */
  readonly feeds: (labels: number) => Record<string, Feed>;
  /** Rows of the signal read at query.rows, and at anchor.rows with their view at view.rows; -1 for filler. */
  readonly queries: Int32Array;
  readonly contrasted: Int32Array;
  /** How many queries and labels there are. */
  readonly counts: { readonly queries: number; readonly labels: number };
}

/** A part of a history that is encoded: it starts at the history's item `start`. */
interface Segment {
  readonly index: number;
  readonly start: number;
}

/** The token after which a history of length `end` ends, to be found after packing. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

const at = ({ index, start }: Segment, end: number): Place => ({ segment: index, offset: end - 1 - start });

export function layOut(source: BatchSource, users: Int32Array): QueryBatch {
  const layout = new Layout(source);
  for (const user of users) layout.addUser(user);
  return layout.finish();
}

/** @returns how many tokens are encoded for one user. */
export function tokensOf(source: BatchSource, user: number): number {
  const layout = new Layout(source);
  layout.addUser(user);
  return layout.tokens;
}

class Layout {
  readonly #source: BatchSource;
  readonly #segments: Int32Array[] = [];
  readonly #places = {
    query: [] as Place[],
    anchor: [] as Place[],
    view: [] as Place[],
    label: [] as Place[],
  };
  readonly #queries: number[] = [];
  readonly #contrasted: number[] = [];
  readonly #targets: number[] = [];
  tokens = 0;

  constructor(source: BatchSource) {
    this.#source = source;
  }

  addUser(user: number): void {
    const { train, queriesOf, plan, labelled } = this.#source;
    const history = row(train, user);
    const main = this.#add(history, 0, history.length);
    for (let end = main.start + 1; labelled && end < history.length; end++) {
      this.#places.label.push(at(main, end));
      this.#targets.push(history[end]!);
    }
    const windows = new Map<number, Segment>();
    for (const query of queriesOf.get(user) ?? []) {
      const place = this.#placeOf(query, history, main, windows);
      this.#places.query.push(place);
      this.#queries.push(query);
      const view = plan.contrast.get(query);
      if (view === undefined) continue;
      this.#places.anchor.push(place);
      this.#places.view.push(at(this.#add(history, view.start, view.end), view.end));
      this.#contrasted.push(query);
    }
  }

  /**
   * In the user's own segment where that shows at least half a length of the query's past, for earlier prefixes in
   * windows of the history half a length apart, which show as much and are shared by many; a view stands alone.
   */
  #placeOf(query: number, history: Int32Array, main: Segment, windows: Map<number, Segment>): Place {
    const { signal, maxLength } = this.#source;
    const [start, end] = [signal.start[query]!, signal.end[query]!];
    if (signal.view[query] === "suffix") return at(this.#add(history, start, end), end);
    const stride = Math.ceil(maxLength / 2);
    if (main.start === 0 || end > main.start + stride) return at(main, end);
    const reach = history.length - Math.floor((history.length - end) / stride) * stride;
    const window = windows.get(reach) ?? this.#add(history, 0, reach);
    windows.set(reach, window);
    return at(window, end);
  }

  /** A segment of the newest items of history[start .. end). */
  #add(history: Int32Array, start: number, end: number): Segment {
    const from = Math.max(start, end - this.#source.maxLength);
    this.tokens += end - from;
    return { index: this.#segments.push(history.subarray(from, end)) - 1, start: from };
  }

  finish(): QueryBatch {
    const packed = pack(this.#segments);
    const rows = (places: readonly Place[]) =>
      filled(Int32Array.from(places, ({ segment, offset }) => packed.starts[segment]! + offset));
    const targets = this.#targets;
    const shape = [Math.max(1, targets.length), 1];
    const feeds = {
      ...packedFeeds(packed),
      "query.rows": rows(this.#places.query),
      "anchor.rows": rows(this.#places.anchor),
      "view.rows": rows(this.#places.view),
      "label.rows": rows(this.#places.label),
      "label.targets": int32(Int32Array.from(targets.length === 0 ? [0] : targets), shape),
    };
    return {
      feeds(labels) {
        const weight = targets.length === 0 ? 0 : 1 / labels;
        return { ...feeds, "label.weights": float32(new Float32Array(shape[0]!).fill(weight), shape) };
      },
      queries: orFiller(this.#queries),
      contrasted: orFiller(this.#contrasted),
      counts: { queries: this.#queries.length, labels: targets.length },
    };
  }
}

/** Graphs want at least one row: an empty batch gets one of weight 0. */
const filled = (rows: Int32Array): Feed =>
  rows.length === 0 ? int32(new Int32Array(1), [1]) : int32(rows, [rows.length]);
const orFiller = (queries: readonly number[]) => Int32Array.from(queries.length === 0 ? [-1] : queries);
