/**
 * CL4SREC: no teacher; beside the next item, two changed copies of one history are told apart from those of other users.
 * The control for what contrast alone gives.
 * Xie, Sun, Liu, Wu, Gao, Zhang, Ding, Cui, "Contrastive Learning for Sequential Recommendation", ICDE 2022.
 *
 *   s an owner's history, its newest items, n of them   a_1, a_2 two different ones of crop, mask, reorder, drawn per history
 *   z_1, z_2 the student's vectors of a_1(s), a_2(s)   t temperature   V users of a batch, 2 V vectors z
 *
 *   L = L_hard + lambda L_NCE
 *   L_NCE = mean over the 2 V vectors z, z+ the other one of its history, of
 *           -log( exp(z . z+ / t) / sum exp(z . z' / t) ),   z' every vector but z
 *   crop      floor(eta n) items in a row, one at least
 *   mask      floor(gamma n) items hidden
 *   reorder   floor(beta n) items in a row shuffled
 *
 * A history of one item is its own copy. Where items are hidden a student that fills gaps has its gap, another learns a
 * vector for it that is thrown away with the method.
 *
 * Differs from the paper: the base loss is the full softmax.
 * Differs from the authors' code: not at hand; ratios and defaults are those of RuihongQiu/DuoRec, which contrasts copies
 * of every prefix as a history of its own; here there is one pair for each user and epoch.
 */
import * as z from "zod";
import { add, input, mul, unit } from "../graph/index.ts";
import { contrastOfAll } from "../losses/index.ts";
import type { Random } from "../random.ts";
import { countOf } from "./list-rows.ts";
import { feed } from "./rows.ts";
import type { ListMethod } from "./types.ts";

const options = z.strictObject({
  weight: z.number().min(0).default(0.1), // lambda, DuoRec; all below too
  temperature: z.number().positive().default(1), // t
  similarity: z.enum(["dot", "cosine"]).default("dot"), // cosine: z of length 1, as in BAHSD's contrast
  crop: z.number().gt(0).max(1).default(0.6), // eta
  mask: z.number().min(0).max(1).default(0.3), // gamma
  reorder: z.number().min(0).max(1).default(0.6), // beta
});
type Options = z.output<typeof options>;

const hidden = -1;
const apart = -1e9;

export const cl4srec: ListMethod<Options> = {
  name: "cl4srec",
  summary: "no teacher: the owner's histories, and changed copies of each told apart from those of others",
  signal: "lists",
  student: "sequence",
  options,
  labelWeight: () => 1,
  plan: (_signal, _train, _items, o) => ({
    queries: new Int32Array(0),
    contrast: new Map(),
    twoViews: (history, random) => twoViews(history, o, random),
    feeds(_queries, contrasted) {
      const v = contrasted.length;
      const c = 1 / Math.max(1, 2 * countOf(contrasted));
      const self = new Float32Array(v * v);
      for (let i = 0; i < v; i++) self[i * (v + 1)] = apart;
      return {
        "cl.c": feed(
          Float32Array.from(contrasted, (user) => (user < 0 ? 0 : c)),
          v,
          1,
        ),
        "cl.self": feed(self, v, v),
      };
    },
  }),
  loss({ anchor, view }, _k, o) {
    const [a, b] = o.similarity === "cosine" ? [unit(anchor), unit(view)] : [anchor, view];
    const rows = { c: input("cl.c", ["V", 1]), self: input("cl.self", ["V", "V"]) };
    return mul(
      add(contrastOfAll(a, b, rows, o.temperature), contrastOfAll(b, a, rows, o.temperature)),
      o.weight,
    );
  },
};

type Change = (history: Int32Array, o: Options, random: Random) => Int32Array;

const changes: readonly Change[] = [
  function crop(history, o, random) {
    const [from, to] = span(history.length, Math.max(1, Math.floor(o.crop * history.length)), random);
    return history.slice(from, to);
  },
  function mask(history, o, random) {
    const changed = history.slice();
    for (const i of random.sample(history.length, Math.floor(o.mask * history.length))) changed[i] = hidden;
    return changed;
  },
  function reorder(history, o, random) {
    const changed = history.slice();
    random.shuffle(changed.subarray(...span(history.length, Math.floor(o.reorder * history.length), random)));
    return changed;
  },
];

/** `length` of n places in a row, anywhere. */
function span(n: number, length: number, random: Random): [number, number] {
  const from = random.integer(n - length + 1);
  return [from, from + length];
}

/** Two different changes of a history; one item stays as it is. */
function twoViews(history: Int32Array, o: Options, random: Random): [Int32Array, Int32Array] {
  if (history.length < 2) return [history, history];
  const [first, second] = random.sample(changes.length, 2) as unknown as [number, number];
  return [changes[first]!(history, o, random), changes[second]!(history, o, random)];
}
