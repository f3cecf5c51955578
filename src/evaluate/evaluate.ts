import { concatenateRows, lengthOf, row, rows } from "../dataset/index.ts";
import type { Sequences } from "../dataset/index.ts";
import { complain, internal, UserError } from "../errors.ts";
import type { Run } from "../events.ts";
import { byLength, groupUsers, membersOf } from "./groups.ts";
import type { UserGroups } from "./groups.ts";
import { cutoffMetrics, rankingMetrics } from "./metrics/index.ts";
import { candidatesOf, targetsOf } from "./candidates.ts";
import { Ranker } from "./ranker.ts";
import { rankByTables, type ScoreTables } from "./table-ranking.ts";
import { Tally } from "./tally.ts";
import { GROUPS } from "./types.ts";
import type { Evaluation, EvaluationInput, GroupName, Metrics, PerUser, Protocol, Scorer } from "./types.ts";

export interface EvaluateOptions {
  readonly scorer: Scorer;
  readonly data: EvaluationInput;
  readonly protocol: Protocol;
  /**
   * Users per call of the scorer; 256 unless their scores would take more than 64 MiB, more where the scorer has tables.
   * No result depends on it.
   */
  readonly batchSize?: number;
  /** Only these users; all by default. Their groups stay those they have among all users. */
  readonly users?: Int32Array;
  /** See {@link groupUsers}. */
  readonly headQuantile?: number;
  readonly signal?: AbortSignal;
}

/**
 * Ranks the whole catalogue for every user with a target and averages the metrics over the protocol's users.
 * Streams in batches of users with histories of similar length; memory is batch x items, never users x items.
 * List metrics (coverage, gini, popularity) are over the lists of users with a target.
 * @throws UserError("input") if nobody has a target or a score is not a number; UserError("interrupted").
 */
export async function* evaluate(options: EvaluateOptions): Run<Evaluation> {
  const started = performance.now();
  const work = plan(options);
  yield { type: "stage", name: "evaluate", total: work.scored.length, unit: "users" };
  const { scorer } = options;
  const byTables = options.protocol.negatives === undefined && scorer.tables !== undefined;
  const most = Math.max(1, Math.min(256, Math.floor(2 ** 24 / scorer.items)));
  const size = options.batchSize ?? (byTables ? tableUsers : most);
  for (let begin = 0; begin < work.scored.length; begin += size) {
    if (options.signal?.aborted) throw stopped();
    const users = work.scored.slice(begin, begin + size);
    const histories = Array.from(users, (u) => row(work.histories, u));
    if (byTables) await rankTables(work, users, await scorer.tables(users, histories), scorer.device);
    else rankBatch(work, users, await scoresOf(scorer, histories, users));
    yield { type: "progress", done: begin + users.length };
  }
  return { ...summarize(work, options), seconds: (performance.now() - started) / 1000 };
}

/** One label's values and how a user's ranks become one of them. */
interface Column {
  readonly label: string;
  readonly values: Float32Array;
  of(ranks: ArrayLike<number>): number;
}

interface Work {
  /** @returns a user's scores with all but the candidates at -Infinity. */
  readonly candidates: (user: number, scores: Float32Array) => Float32Array;
  readonly histories: Sequences;
  readonly targets: Sequences;
  readonly masked: readonly Sequences[];
  /** Users to score, shortest history first: the model pads a batch to its longest. */
  readonly scored: Int32Array;
  /** [U] row of each user in the per-user columns. */
  readonly slots: Int32Array;
  readonly groups: UserGroups;
  readonly perUser: PerUser;
  readonly columns: readonly Column[];
  readonly ranker: Ranker;
  readonly best: Int32Array;
  readonly tally: Tally;
}

function plan({ scorer, data, protocol, users, headQuantile }: EvaluateOptions): Work {
  const targets = targetsOf(data, protocol);
  const histories = protocol.history === "train" ? data.train : concatenateRows(data.train, data.valid);
  const asked = users
    ? Int32Array.from(new Set(users)).sort()
    : Int32Array.from({ length: rows(targets) }, (_, u) => u);
  const withTarget = asked.filter((u) => lengthOf(targets, u) > 0);
  if (withTarget.length === 0) throw nobody(protocol, asked.length);
  const counted = protocol.usersWithoutTarget === "zero" ? asked : withTarget;
  const slots = new Int32Array(rows(targets));
  counted.forEach((u, n) => (slots[u] = n));
  const groups = groupUsers(data.train, headQuantile);
  const columns = columnsFor(protocol.cutoffs, counted.length);
  const longest = Math.max(...protocol.cutoffs);
  return {
    candidates: candidatesOf(data, targets, protocol),
    histories,
    targets,
    masked: protocol.mask.map((part) => data[part]),
    scored: byLength(histories, withTarget),
    slots,
    groups,
    perUser: {
      userIndex: counted,
      tail: Uint8Array.from(counted, (u) => groups.tail[u]!),
      quintile: Uint8Array.from(counted, (u) => groups.quintile[u]!),
      best: new Int32Array(counted.length * longest).fill(-1),
      values: Object.fromEntries(columns.map(({ label, values }) => [label, values])),
    },
    columns,
    ranker: new Ranker(scorer.items, longest),
    best: new Int32Array(longest),
    tally: new Tally(scorer.items, protocol.cutoffs),
  };
}

function columnsFor(cutoffs: readonly number[], users: number): Column[] {
  const cut = Object.entries(cutoffMetrics).flatMap(([name, metric]) =>
    cutoffs.map((k) => ({ label: `${name}@${k}`, of: (ranks: ArrayLike<number>) => metric(ranks, k) })),
  );
  const whole = Object.entries(rankingMetrics).map(([label, metric]) => ({
    label,
    of: (ranks: ArrayLike<number>) => metric(ranks, Infinity),
  }));
  return [...cut, ...whole].map((column) => ({ ...column, values: new Float32Array(users) }));
}

async function scoresOf(
  scorer: Scorer,
  histories: readonly Int32Array[],
  users: Int32Array,
): Promise<Float32Array> {
  const scores = await scorer.score(users, histories);
  if (scores.length !== users.length * scorer.items)
    throw internal(
      `a scorer of ${scorer.items} items gave ${scores.length} scores for ${users.length} users`,
    );
  return scores;
}

function rankBatch(work: Work, users: Int32Array, scores: Float32Array): void {
  const items = scores.length / users.length;
  users.forEach((user, b) => {
    const masked = work.masked.map((part) => row(part, user));
    work.ranker.open(user, work.candidates(user, scores.subarray(b * items, (b + 1) * items)), masked);
    const ranks = work.ranker.ranks(row(work.targets, user));
    note(work, user, ranks, work.best, work.ranker.top(work.best));
  });
}

/** Users of a call where they are ranked by tables, which takes no memory of items times users. */
const tableUsers = 2 ** 14;

async function rankTables(
  work: Work,
  users: Int32Array,
  tables: ScoreTables,
  device: Scorer["device"],
): Promise<void> {
  const { masked, targets } = work;
  const k = Math.min(work.best.length, tables.items.length / tables.width);
  const found = await rankByTables({ tables, users, masked, targets, k }, device);
  users.forEach((user, n) => {
    const best = found.best.subarray(n * k, (n + 1) * k);
    const size = best.indexOf(-1);
    note(work, user, distinct(row(targets, user), row(found.ranks, n)), best, size < 0 ? k : size);
  });
}

/** @returns the ranks of the distinct targets, ascending; Infinity for one that was no candidate. */
function distinct(targets: Int32Array, ranks: Int32Array): Float64Array {
  const of = (n: number) => (ranks[n] === 0 ? Infinity : ranks[n]!);
  return Float64Array.from(new Map(Array.from(targets, (item, n) => [item, of(n)])).values()).sort();
}

/** Takes down what became of one user. */
function note(work: Work, user: number, ranks: Float64Array, best: Int32Array, size: number): void {
  const slot = work.slots[user]!;
  for (const column of work.columns) column.values[slot] = column.of(ranks);
  work.perUser.best.set(best.subarray(0, size), slot * work.best.length);
  work.tally.add(best, size, groupsOf(work.groups, user));
}

function groupsOf({ tail, quintile }: UserGroups, user: number): (GroupName | "all")[] {
  return ["all", tail[user] === 1 ? "tail" : "head", `q${quintile[user]!}` as GroupName];
}

function summarize(work: Work, { data, protocol, scorer }: EvaluateOptions): Omit<Evaluation, "seconds"> {
  const popularity = new Int32Array(scorer.items);
  for (const item of data.train.items) popularity[item]!++;
  const metricsOf = (group: GroupName | "all", members: Int32Array): Metrics => ({
    ...Object.fromEntries(work.columns.map(({ label, values }) => [label, meanOf(values, members)])),
    ...work.tally.metrics(group, popularity),
  });
  const groups = GROUPS.map((group) => {
    const members = membersOf(work.perUser, group);
    return [group, { users: members.length, ...metricsOf(group, members) }];
  });
  return {
    protocol: protocol.name,
    users: work.perUser.userIndex.length,
    metrics: metricsOf("all", membersOf(work.perUser, "all")),
    groups: Object.fromEntries(groups) as Evaluation["groups"],
    tailUpTo: work.groups.tailUpTo,
    perUser: work.perUser,
  };
}

/** @returns the mean of the members' values, summed in float64 in user order; 0 without members. */
function meanOf(values: Float32Array, members: Int32Array): number {
  let sum = 0;
  for (const n of members) sum += values[n]!;
  return members.length === 0 ? 0 : sum / members.length;
}

function nobody(protocol: Protocol, asked: number): Error {
  return complain("input", {
    where: `protocol "${protocol.name}"`,
    expected: `at least one user with a ${protocol.targets} item`,
    got: `none among ${asked} users`,
    fix: "Split the dataset so that users keep some items for it",
  });
}

function stopped(): Error {
  return new UserError("interrupted", "evaluate: stopped, nothing was written. Run it again.");
}
