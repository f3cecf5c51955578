/**
 * HetComp: the knowledge of an ensemble of different teachers, handed over as they acquired it: every user is taught by
 * earlier, easier states of each teacher before later ones, and by an ever finer loss.
 * Kang, Kweon, Lee, Lian, Xie, Yu, "Distillation from Heterogeneous Models for Top-K Recommendation", WWW 2023.
 *
 *   v[x, u] the state of teacher x that teaches user u, from 0   d[x, u] a discrepancy   s student scores
 *   T_u the K best unseen items of the ensemble of states v (ensemble.ts)   P_u the user's `observed` best own items
 *   E_n sum of exp(s) over the unseen items that are not among the first n of T_u, or its estimate (rest.ts)
 *
 *   Dynamic knowledge construction, every p epochs, D as in discrepancy.ts, on the first 50 items:
 *     first  d = D(student, state v + 1)
 *     later  v < last and d / D(student, state v + 1) > th or < 1:   v += 1, d = D(student, state v + 1 of the new v)
 *     th = alpha 0.995^(epoch / p);   over when the mean of v, to two decimals, is the last state for every teacher
 *   Adaptive knowledge transfer, until then L_O, afterwards L_F:
 *     L_O = -sum_{i in P u T} log( exp(s_i) / (exp(s_i) + E_K) )
 *     L_F = L(P, E_K/2) + 1/2 ( L(first K/2 of T, E_K/2) + L(first K/10 of T, E_K/10) ),   L the loss of RRD on a list
 *   total = base weight x the student's own loss + weight (L_O or `finer` L_F)
 *
 * A state that lists nothing for a user, and one that the student has reached (D = 0), is passed at the next check. At p = 10
 * and alpha = 1.05 th is below 1 from epoch 100 on, so that four states are over at epoch 120 at the latest; with advance
 * "nearer" there is no such bound. Validations without improvement count from the last state on; patienceFrom "start"
 * counts all of them, as the code does, and may end a run that has not met L_F.
 *
 * To compare: curriculum "fixed" (all go on every `pace` epochs), "random" (a state drawn for each as often), "none" (the
 * last states at once), L_F from the epoch at which "fixed" arrives; transfer "overall" or "finer": one loss throughout.
 *
 * Differs from the paper: its text is not at hand; what follows is of the authors' code. The importance of its Eq. (8) is in no
 * code: M = exp(-place / decay), with `consistency` a second term, is that of the same authors' ConCF, whose decay is 10 (importance.ts).
 * Differs from the authors' code: scores are not clamped to [-40, 40]: the loss is stable without, but nothing then stops a
 * score at 40. Checks are before epochs
 * p, 2p, .. counted from 0, one epoch earlier. P_u is ordered by the last states. Where two lists are shorter than 50, D is
 * of the shorter. advance "nearer" is `d / D > th` alone, as in the last commit of the submission's code; discrepancy
 * "order" is the usual form of NDCG. As there, a user of several pairs counts once; the weights are for reduction "sum".
 */
import * as z from "zod";
import {
  add,
  concat,
  gather,
  input,
  logSumExp,
  mul,
  slice,
  softplus,
  sub,
  sum,
  type Feed,
  type Tensor,
} from "../graph/index.ts";
import { listMle } from "../losses/index.ts";
import { compared, Curriculum, curriculumOptions } from "./curriculum.ts";
import { Ensemble } from "./ensemble.ts";
import { decayOption } from "./importance.ts";
import { isDrawn, logRest, Rest, restOptions } from "./rest.ts";
import { atMost, closedRows, feed, feedRows, once, withoutFills } from "./rows.ts";
import type { FactorStudent, TrajectoryMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.01), // authors' code; all below too, unless said
  finer: z.number().min(0).default(0.5), // L_F counts .005 there
  base: z.number().min(0).default(0), // weight of the student's own loss; 1 in the code of RCE-KD, weight .01 there too
  k: z.int().min(10).default(100), // K
  observed: z.int().min(1).default(10), // of P
  consistency: z.boolean().default(false), // our reading
  decay: decayOption, // of M
  ...restOptions, // E from drawn items; ours
  ...curriculumOptions,
  transfer: z.enum(["adaptive", "overall", "finer"]).default("adaptive"),
  patienceFrom: z.enum(["last", "start"]).default("last"), // start
});
type Options = z.output<typeof options>;

const halfOf = ({ k }: Options) => Math.floor(k / 2);

export const hetcomp: TrajectoryMethod<Options> = {
  name: "hetcomp",
  summary:
    "an ensemble's lists from its teachers' early states to their last, without order and then with it",
  signal: "trajectory",
  student: "scores",
  options,
  baseWeight: (o) => o.base,
  onOneThread: isDrawn,
  plan(sides, o) {
    atMost("hetcomp", { k: o.k, rest: o.rest }, sides.items, "the size of the catalogue");
    const ensemble = new Ensemble(sides.teacher, sides.items, o);
    const own = withoutFills(ensemble.bestOwn(sides.train, o.observed));
    const curriculum = new Curriculum(sides.teacher, sides, o);
    const rest = new Rest(sides, o);
    let best: Int32Array | undefined; // T
    let list = own; // T without fills
    let finer = false; // L_F
    return Promise.resolve({
      memory: curriculum.memory,
      settled: () => o.patienceFrom === "start" || curriculum.done,
      async prepare(random, epoch) {
        const ranking = () => sides.student.top(compared, { unseen: true });
        const checked = await curriculum.step(epoch, random, ranking);
        if (checked || best === undefined) {
          best = ensemble.best(sides.users, o.k, curriculum.stateOf).items;
          list = withoutFills(best);
        }
        finer = o.transfer === "finer" || (o.transfer === "adaptive" && curriculum.done);
        await rest.prepare(closedRows(sides.train, best, o.k, finer ? halfOf(o) : o.k));
        return checked ? curriculum.event(epoch) : undefined;
      },
      feeds({ users, c }, random, spare = {}): Record<string, Feed> {
        return {
          "own.items": feedRows(own.items, o.observed, users),
          "own.keep": feedRows(own.keep, o.observed, users),
          "best.items": feedRows(list.items, o.k, users, spare["best.items"]),
          "best.keep": feedRows(list.keep, o.k, users, spare["best.keep"]),
          ...rest.feeds(users, random, spare),
          ...rowFeeds("overall", c, !finer),
          ...rowFeeds("finer", c, finer),
        };
      },
    });
  },
  loss(student, { items }, o) {
    const [own, best] = [listed(student, "own", o.observed), listed(student, "best", o.k)];
    const rest = logRest(student, o, items); // [B, 1] log E
    const overall = () => overallLoss(taughtRows("overall", "O", own, best, rest));
    const finer = () => mul(finerLoss(taughtRows("finer", "F", own, best, rest), o), o.finer);
    const either = { overall, finer, adaptive: () => add(overall(), finer()) };
    return mul(either[o.transfer](), o.weight);
  },
};

interface Listed {
  readonly s: Tensor; // [B, K]
  readonly keep: Tensor;
}

const listed = (student: FactorStudent, name: string, k: number): Listed => ({
  s: student.scores(input(`${name}.items`, ["B", k], "int32")),
  keep: input(`${name}.keep`, ["B", k]),
});

const part = ({ s, keep }: Listed, from: number, to: number): Listed => ({
  s: slice(s, 1, from, to),
  keep: slice(keep, 1, from, to),
});

/** What a loss compares, a row per user. */
interface Taught {
  readonly own: Listed;
  readonly best: Listed;
  readonly rest: Tensor; // [N, 1] log E
  readonly c: Tensor; // [N, 1]
}

/** All rows of a batch, or for a loss that is not in use one without weight: so it takes no time. */
function rowFeeds(name: string, c: Float32Array, used: boolean): Record<string, Feed> {
  const rows = used ? Int32Array.from(c.keys()) : new Int32Array(1);
  const weights = used ? once(c) : new Float32Array(1);
  return { [`${name}.rows`]: feed(rows, rows.length), [`${name}.c`]: feed(weights, rows.length, 1) };
}

function taughtRows(name: string, n: string, own: Listed, best: Listed, rest: Tensor): Taught {
  const rows = input(`${name}.rows`, [n], "int32");
  const of = ({ s, keep }: Listed): Listed => ({ s: gather(s, rows), keep: gather(keep, rows) });
  return { own: of(own), best: of(best), rest: gather(rest, rows), c: input(`${name}.c`, [n, 1]) };
}

/** -log( exp(s) / (exp(s) + E) ) = softplus(log E - s), of every listed item by itself */
const overallLoss = ({ own, best, rest, c }: Taught): Tensor =>
  [own, best]
    .map(({ s, keep }) => sum(mul(mul(c, keep), softplus(sub(rest, s)))))
    .reduce((a, b) => add(a, b));

/** E_K/10 is E_K/2 and what stands between the two in T. */
function finerLoss({ own, best, rest, c }: Taught, o: Options): Tensor {
  const [half, head] = [halfOf(o), Math.floor(o.k / 10)];
  const between = part(best, head, half);
  const more = logSumExp(concat([rest, add(between.s, mul(sub(between.keep, 1), 1e9))], 1));
  const mle = ({ s, keep }: Listed, tail: Tensor) => listMle(s, tail, c, keep);
  const onBest = add(mle(part(best, 0, half), rest), mle(part(best, 0, head), more));
  return add(mle(own, rest), mul(onBest, 0.5));
}
