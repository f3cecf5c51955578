import { hash } from "node:crypto";
import { fromLists, lengthOf, row, type Sequences } from "../dataset/index.ts";
import type { Random } from "../random.ts";
import type { QueryRows, View, Views } from "../signals/index.ts";

export interface PlanOptions {
  /** Answers that may be paid; null = as many as full histories and views need, and no prefixes. */
  readonly budget: number | null;
  /** Shares of a history that its views keep, each in (0, 1); empty = no views. */
  readonly scales: readonly number[];
  /** How views are cut; "suffix" unless said. */
  readonly views?: Views | undefined;
  /** Items of a catalogue, asked alone when histories and views are, before prefixes; none unless said. */
  readonly alone?: number | undefined;
  /** Made-up histories, asked item by item when histories and views are, in the place of prefixes; see invent.ts. */
  readonly walks?: readonly (readonly number[])[] | undefined;
  /** Longest history asked, in items; older ones are cut. */
  readonly maxLength: number;
  /** Whether prefixes have views of their own. */
  readonly prefixViews: boolean;
  /** Asks this many random users alone, each with all views and once more in random order, and no prefixes. */
  readonly pilot?: number | undefined;
  /** Decides who is asked when not everybody can be, and what is dropped. */
  readonly random: Random;
}

/** What to ask, before anything is asked. Rows with the same history share one query. */
export interface QueryPlan {
  readonly rows: QueryRows;
  /** [R] the query that answers each row. */
  readonly query: Int32Array;
  /** [Q] the first row of each query: queries are asked in this order and never exceed the budget. */
  readonly first: Int32Array;
  /** Queries for full histories and views that the budget had no room for. */
  readonly left: number;
  /** Answers that the budget has room for beside these, Infinity without one; 0 where something is left. */
  readonly room: number;
}

/**
 * Spends a budget of answers on the owned users' training histories: every full history first, then views user by
 * user, then items alone or walks where those are wanted, else prefixes. A budget below the number of histories goes to a random
 * subset of users, each with its views. A user's views are asked together or not at all. A pilot asks the users first in line for all of it,
 * then for their histories in random order.
 */
export function planQueries(train: Sequences, owned: Int32Array, options: PlanOptions): QueryPlan {
  const plan = new Plan(train, options);
  const everybody = options.random.shuffle(owned.filter((user) => lengthOf(train, user) > 0));
  const users = everybody.subarray(0, options.pilot);
  const fulls = Array.from(users, (user) => upTo(user, lengthOf(train, user), "full", options.maxLength));
  if (options.pilot !== undefined || plan.price(fulls) > plan.room) {
    for (const full of fulls) plan.add([full, ...viewsOf(full, options)]);
    if (options.pilot !== undefined) for (const full of fulls) plan.add(shuffledOf(full, options));
  } else {
    for (const full of fulls) plan.add([full]);
    for (const full of fulls) plan.add(viewsOf(full, options));
  }
  const left = plan.left;
  if (options.budget !== null && options.pilot === undefined && left === 0) {
    addItems(plan, options);
    addWalks(plan, options);
    if (options.walks === undefined) addPrefixes(plan, train, users, options);
  }
  return { ...plan.build(), left, room: left === 0 ? plan.room : 0 };
}

/** One row to be: `base` is the row a view was cut from. */
interface Candidate {
  readonly user: number;
  readonly start: number;
  readonly end: number;
  readonly view: View;
  readonly scale: number;
  readonly base: Candidate | null;
  /** Places of its stretch that are shown, in this order; absent = all. */
  readonly kept?: Int32Array;
  /** What is shown where it is no part of a history. */
  readonly shown?: Int32Array;
}

function upTo(user: number, end: number, view: View, maxLength: number): Candidate {
  return { user, start: Math.max(0, end - maxLength), end, view, scale: 1, base: null };
}

/**
 * Views that keep max(1, ceil(scale * n)) of the base's n items: the most recent ones, or the newest and others at random.
 * A view that is the whole base says nothing.
 */
function viewsOf(base: Candidate, { scales, views, random }: PlanOptions): Candidate[] {
  const n = base.end - base.start;
  return scales
    .map((scale) => ({ scale, length: Math.max(1, Math.ceil(scale * n)) }))
    .filter(({ length }) => length < n)
    .map(({ scale, length }): Candidate => {
      if (views !== "drop") return { ...base, start: base.end - length, view: "suffix", scale, base };
      const drawn = random.split("drop", base.user, base.end, scale).sample(n - 1, length - 1);
      return { ...base, view: "drop", scale, base, kept: Int32Array.of(...drawn.sort(), n - 1) };
    });
}

const shortestShuffled = 3; // two items have one other order, and many views of theirs are one item

/** The whole of `base` in an order that is not its own. */
function shuffledOf(base: Candidate, { random }: PlanOptions): Candidate[] {
  const places = Int32Array.from({ length: base.end - base.start }, (_, i) => i);
  if (places.length < shortestShuffled) return [];
  const stream = random.split("shuffle", base.user);
  while (places.every((place, i) => place === i)) stream.shuffle(places);
  return [{ ...base, view: "shuffle", base, kept: places }];
}

/** Items in random order, each a history of one: what they teach reaches users whose histories are not ours. */
function addItems(plan: Plan, { alone = 0, random }: PlanOptions): void {
  const one = { user: -1, start: 0, end: 1, view: "item", scale: 1, base: null } as const;
  const order = random.split("items").shuffle(Int32Array.from({ length: alone }, (_, i) => i));
  for (const item of order) {
    if (plan.room === 0) return;
    plan.add([{ ...one, shown: Int32Array.of(item) }]);
  }
}

/** Every beginning of every walk, walk by walk; one that was a history of somebody is not asked again. */
function addWalks(plan: Plan, { walks = [] }: PlanOptions): void {
  const whole = { start: 0, view: "walk", scale: 1, base: null } as const;
  walks.forEach((walk, n) => {
    const beginnings = walk.map((_, i) => Int32Array.from(walk.slice(0, i + 1)));
    plan.add(beginnings.map((shown) => ({ ...whole, user: -1 - n, end: shown.length, shown })));
  });
}

function addPrefixes(plan: Plan, train: Sequences, users: Int32Array, options: PlanOptions): void {
  for (const { user, end } of prefixEnds(train, users)) {
    if (plan.room === 0) return;
    const prefix = upTo(user, end, "prefix", options.maxLength);
    plan.add([prefix, ...(options.prefixViews ? viewsOf(prefix, options) : [])]);
  }
}

const shortestPrefix = 2;

/**
 * Ends of prefixes, most useful first: each halves the largest stretch of any history that holds no end yet, so that
 * ends are spread evenly and long histories get more of them.
 */
function* prefixEnds(train: Sequences, users: Int32Array): Generator<{ user: number; end: number }> {
  const rounds: { user: number; parts: number; gap: number }[] = [];
  for (const user of users) {
    for (let parts = 2, n = lengthOf(train, user); n / parts >= 1; parts *= 2) {
      rounds.push({ user, parts, gap: n / parts });
    }
  }
  rounds.sort((a, b) => b.gap - a.gap);
  for (const { user, parts, gap } of rounds) {
    for (let odd = 1; odd < parts; odd += 2) {
      const end = Math.floor(odd * gap);
      if (end >= shortestPrefix) yield { user, end };
    }
  }
}

/** Collects groups of rows while there is room, asking coinciding histories once. */
class Plan {
  room: number;
  left = 0;
  readonly #train: Sequences;
  /** Whether rows have the items they show. */
  readonly #explicit: boolean;
  readonly #added: Candidate[] = [];
  readonly #rowOf = new Map<Candidate, number>();
  readonly #queryOf = new Map<string, number>();
  readonly #query: number[] = [];
  readonly #first: number[] = [];

  constructor(train: Sequences, { budget, views, alone, walks, pilot }: PlanOptions) {
    this.#train = train;
    this.#explicit = views === "drop" || [alone, walks, pilot].some((made) => made !== undefined);
    this.room = budget ?? Infinity;
  }

  /** @returns the new queries a group needs. */
  price(group: readonly Candidate[]): number {
    return new Set(group.map((row) => this.#key(row)).filter((key) => !this.#queryOf.has(key))).size;
  }

  /** Adds the whole group, or nothing where there is no room for it or for what it is a view of. */
  add(group: readonly Candidate[]): void {
    const price = this.price(group);
    const based = group.every(({ base }) => base === null || this.#rowOf.has(base) || group.includes(base));
    if (price > this.room || !based) {
      this.left += price;
      return;
    }
    this.room -= price;
    for (const row of group) this.#append(row);
  }

  #append(row: Candidate): void {
    const key = this.#key(row);
    const query = this.#queryOf.get(key) ?? this.#queryOf.size;
    if (query === this.#queryOf.size) {
      this.#queryOf.set(key, query);
      this.#first.push(this.#added.length);
    }
    this.#query.push(query);
    this.#rowOf.set(row, this.#added.length);
    this.#added.push(row);
  }

  #key(row: Candidate): string {
    return hash("sha256", this.#shown(row), "base64");
  }

  #shown({ user, start, end, kept, shown }: Candidate): Int32Array {
    if (shown !== undefined) return shown;
    const stretch = row(this.#train, user).subarray(start, end);
    return kept?.map((at) => stretch[at]!) ?? stretch;
  }

  build(): Pick<QueryPlan, "rows" | "query" | "first"> {
    const ints = (of: (row: Candidate) => number) => Int32Array.from(this.#added, of);
    const rows: QueryRows = {
      user: ints(({ user }) => user),
      start: ints(({ start }) => start),
      end: ints(({ end }) => end),
      view: this.#added.map(({ view }) => view),
      scale: Float32Array.from(this.#added, ({ scale }) => scale),
      base: ints(({ base }) => (base === null ? -1 : this.#rowOf.get(base)!)),
      ...(this.#explicit && { histories: fromLists(this.#added.map((row) => this.#shown(row))) }),
    };
    return { rows, query: Int32Array.from(this.#query), first: Int32Array.from(this.#first) };
  }
}

export const noQueries = (): Record<View, number> => ({
  full: 0,
  suffix: 0,
  drop: 0,
  prefix: 0,
  item: 0,
  walk: 0,
  shuffle: 0,
});

/** Distinct queries by how they came to be; a query that serves several rows counts for the first. */
export function countByView({ rows, first }: QueryPlan): Readonly<Record<View, number>> {
  const counts = noQueries();
  for (const r of first) counts[rows.view[r]!]++;
  return counts;
}
