/** The tokens of a distillation batch: which histories are encoded, and at which tokens queries and labels are read. */
import { pack, row, type Sequences } from "../dataset/index.ts";
import type { Feed } from "../graph/index.ts";
import type { MethodPlan } from "../methods/index.ts";
import { gap, type Cloze } from "../models/index.ts";
import { Random } from "../random.ts";
import { historyOf, type ListSignal } from "../signals/index.ts";
import { float32, int32 } from "./feeds.ts";
import { asked, labelled } from "./labels.ts";
import { packedFeeds } from "./next-item-task.ts";

export interface BatchSource {
  readonly train: Sequences;
  /** Who chose what is in a history, so that there are labels in it: users below this one. */
  readonly users: number;
  readonly signal: ListSignal;
  readonly plan: MethodPlan;
  /** Rows of the signal by user. */
  readonly queriesOf: ReadonlyMap<number, readonly number[]>;
  readonly augmentedOf: ReadonlyMap<number, readonly number[]>;
  readonly maxLength: number;
  /** The token that hides an item of a history. */
  readonly hidden: number;
  /** How labels are hidden from a student that sees both sides of them. */
  readonly cloze: Cloze | undefined;
  readonly labelled: boolean;
}

/** A batch, or a part of one. */
export interface QueryBatch {
  /** @param labels of the whole batch, over which their loss is a mean */
  readonly feeds: (labels: number) => Record<string, Feed>;
  /** Rows of the signal read at query.rows, and at anchor.rows with their view at view.rows, there or users; -1 for filler. */
  readonly queries: Int32Array;
  readonly contrasted: Int32Array;
  /** How many queries, or users with two views, and labels there are. */
  readonly counts: { readonly queries: number; readonly labels: number };
}

/** A segment, tokens that are encoded, which holds a history from its item `start` on. */
interface Window {
  readonly segment: number;
  readonly start: number;
}

/** A token of a segment, to be found after packing. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** The token after which a history of length `end` ends. */
const at = ({ segment, start }: Window, end: number): Place => ({ segment, offset: end - 1 - start });

/** @param gaps where a student with {@link BatchSource.cloze} finds labels hidden */
export function layOut(source: BatchSource, users: Int32Array, gaps: Random): QueryBatch {
  const layout = new Layout(source, gaps);
  for (const user of users) layout.addUser(user);
  return layout.finish();
}

/** @returns how many tokens are encoded for one user, wherever gaps are. */
export function tokensOf(source: BatchSource, user: number): number {
  const layout = new Layout(source, new Random(0));
  layout.addUser(user);
  return layout.tokens;
}

class Layout {
  readonly #source: BatchSource;
  readonly #gaps: Random;
  readonly #changes: Random;
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

  constructor(source: BatchSource, gaps: Random) {
    this.#source = source;
    this.#gaps = gaps;
    this.#changes = gaps.split("changes");
  }

  addUser(user: number): void {
    const { train, users, signal, queriesOf, augmentedOf, plan, cloze, maxLength } = this.#source;
    const history = row(train, user);
    const labelled = this.#source.labelled && user < users;
    const prefix =
      cloze === undefined ? this.#inWindows(history, labelled) : this.#withGaps(history, labelled);
    for (const query of queriesOf.get(user) ?? []) {
      const isView = signal.base[query]! >= 0;
      const place = isView ? this.#alone(historyOf(signal, train, query)) : prefix(signal.end[query]!);
      this.#places.query.push(place);
      this.#queries.push(query);
      const view = plan.contrast.get(query);
      if (view === undefined) continue;
      this.#places.anchor.push(place);
      this.#places.view.push(this.#alone(historyOf(signal, train, view)));
      this.#contrasted.push(query);
    }
    if (plan.twoViews !== undefined)
      this.#contrast(user, plan.twoViews(history.slice(-maxLength), this.#changes));
    for (const query of augmentedOf.get(user) ?? []) {
      const follows = history.subarray(signal.end[query], signal.end[query]! + 1); // where that is known
      this.#learn(Int32Array.of(...historyOf(signal, train, query), ...follows));
    }
  }

  /**
   * Adds the user's own segment, the newest items, and its labels where it has any.
   * @returns where a prefix is read: in the user's own segment where that shows at least half a length of its past, for
   *   earlier ones in windows of the history half a length apart, which show as much and are shared by many
   */
  #inWindows(history: Int32Array, labelled: boolean): (end: number) => Place {
    const { maxLength } = this.#source;
    const main = this.#window(history, history.length);
    for (let end = main.start + 1; labelled && end < history.length; end++) {
      this.#places.label.push(at(main, end));
      this.#targets.push(history[end]!);
    }
    const windows = new Map<number, Window>();
    const stride = Math.ceil(maxLength / 2);
    return (end) => {
      if (main.start === 0 || end > main.start + stride) return at(main, end);
      const reach = history.length - Math.floor((history.length - end) / stride) * stride;
      const window = windows.get(reach) ?? this.#window(history, reach);
      windows.set(reach, window);
      return at(window, end);
    };
  }

  /** Adds the labels, hidden in a segment. @returns where a prefix is read: a token that sees both sides shows one alone */
  #withGaps(history: Int32Array, labelled: boolean): (end: number) => Place {
    if (labelled) this.#learn(history);
    return (end) => this.#alone(history.subarray(0, end));
  }

  /** Adds a segment for a history and its labels; one item alone has none. */
  #learn(history: Int32Array): void {
    const { maxLength, cloze } = this.#source;
    if (history.length < 2) return;
    const { tokens, at, targets } = labelled(history.slice(-(maxLength + 1)), cloze, this.#gaps);
    const segment = this.#add(tokens);
    for (const offset of at) this.#places.label.push({ segment, offset });
    this.#targets.push(...targets);
  }

  /** Two segments, each read at its end, in the place of a user. */
  #contrast(user: number, views: readonly [Int32Array, Int32Array]): void {
    const [anchor, view] = views.map((history) => {
      const shown = history.map((token) => (token === gap ? this.#source.hidden : token));
      return this.#alone(shown);
    }) as [Place, Place];
    this.#places.anchor.push(anchor);
    this.#places.view.push(view);
    this.#contrasted.push(user);
  }

  /** A segment for a history and nothing else. @returns where it is read */
  #alone(history: Int32Array): Place {
    const { maxLength, cloze } = this.#source;
    const tokens = asked(history.subarray(-maxLength), cloze);
    return { segment: this.#add(tokens), offset: tokens.length - 1 };
  }

  /** A segment of the newest items of history[0 .. end). */
  #window(history: Int32Array, end: number): Window {
    const start = Math.max(0, end - this.#source.maxLength);
    return { segment: this.#add(history.subarray(start, end)), start };
  }

  #add(tokens: Int32Array): number {
    this.tokens += tokens.length;
    return this.#segments.push(tokens) - 1;
  }

  finish(): QueryBatch {
    const packed = pack(this.#segments);
    const rows = (places: readonly Place[]) =>
      filled(Int32Array.from(places, ({ segment, offset }) => packed.starts[segment]! + offset));
    const targets = this.#targets;
    const taught = this.#source.plan.twoViews === undefined ? this.#queries.length : this.#contrasted.length;
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
      counts: { queries: taught, labels: targets.length },
    };
  }
}

/** Graphs want at least one row: an empty batch gets one of weight 0. */
const filled = (rows: Int32Array): Feed =>
  rows.length === 0 ? int32(new Int32Array(1), [1]) : int32(rows, [rows.length]);
const orFiller = (queries: readonly number[]) => Int32Array.from(queries.length === 0 ? [-1] : queries);
