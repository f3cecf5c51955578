/**
 * CE: softmax cross-entropy to the teacher on one set of items. What RCE-KD must be compared with: its own two halves,
 * their union, and the whole catalogue, which nearly equals it.
 * Zhu, Zhang, arXiv 2509.20989, section 4.1 and the ablation of Fig. 3.
 *
 *   r^T, r^S scores of teacher and student   sigma(r, J) softmax of r restricted to J   Q^T, Q^S the K best items of each
 *
 *   L = -sum_{i in J} sigma(r^T / tau, J)_i log sigma(r^S / tau, J)_i,   total = base + weight L
 *   guide "teacher"  J = Q^T, once                 ("vanilla CE"; "w/o S")
 *   guide "student"  J = Q^S, before every epoch   ("w/o T")
 *   guide "union"    J = Q^T u Q^S                 ("w/o sep")
 *   guide "all"      J = I                         ("full-CE")
 *
 * Differs from the paper: the exact set of "w/o sep" is not stated; the union is our reading.
 * Differs from the authors' code: stabilised softmax; a user of several rows is one row with their number as weight.
 */
import * as z from "zod";
import { input, matmul, mul, softmax, type Feed, type Tensor } from "../graph/index.ts";
import { subsetCrossEntropy } from "../losses/index.ts";
import { atMost, beside, feed, feedRows, repeats } from "./rows.ts";
import { softmaxOn } from "./teacher-probabilities.ts";
import type { FactorMethod, FactorPlan, FactorSides, FactorSizes } from "./types.ts";

const options = z.strictObject({
  guide: z.enum(["teacher", "student", "union", "all"]).default("student"), // as shipped
  weight: z.number().min(0).default(1), // lambda; CiteULike MF to MF
  k: z.int().min(1).default(50), // K; CiteULike
  temperature: z.number().positive().default(1), // tau of both softmaxes
  keep: z.number().min(0).default(0), // MiB that sigma(r^T / tau, I) of all users may take; else it is made in every step
});
type Options = z.output<typeof options>;

const width = ({ guide, k }: Options) => (guide === "union" ? 2 * k : k);

export const ce: FactorMethod<Options> = {
  name: "ce",
  summary: "cross-entropy to the teacher on its best items, the student's, both, or the whole catalogue",
  signal: "factors",
  student: "scores",
  options,
  async plan(sides, o) {
    if (o.guide === "all") return wholeCatalogue(sides, o);
    atMost("ce", { k: o.k }, sides.items, "the size of the catalogue");
    const teacherTop = await sides.teacher.scores.top(o.k);
    let set = o.guide === "teacher" ? await probabilities(sides, teacherTop, o) : undefined;
    const refresh = async (): Promise<undefined> => {
      const own = await sides.student.top(o.k);
      const items = o.guide === "student" ? own : beside(own, o.k, teacherTop, o.k);
      set = await probabilities(sides, items, o);
    };
    return {
      ...(set === undefined && { prepare: refresh }),
      feeds({ users, c }, _random, spare = {}): Record<string, Feed> {
        return {
          "ce.items": feedRows(set!.items, width(o), users, spare["ce.items"]),
          "ce.p": feedRows(set!.p, width(o), users, spare["ce.p"]),
          "ce.mask": feedRows(set!.mask, width(o), users, spare["ce.mask"]),
          "ce.c": feed(c, users.length, 1),
        };
      },
    };
  },
  loss(student, sizes, o) {
    const c = input("ce.c", ["B", 1]);
    if (o.guide === "all") {
      const p = isKept(sizes, o) ? input("ce.p", ["B", sizes.items]) : madeInGraph(sizes, o); // [B, I]
      return mul(subsetCrossEntropy(student.allScores(), p, c, o.temperature), o.weight);
    }
    const shape = ["B", width(o)];
    const s = student.scores(input("ce.items", shape, "int32")); // [B, K] or [B, 2K]
    const loss = subsetCrossEntropy(s, input("ce.p", shape), c, o.temperature, input("ce.mask", shape));
    return mul(loss, o.weight);
  },
};

const isKept = ({ users, items }: Pick<FactorSides, "users" | "items">, { keep }: Options): boolean =>
  (users * items) / 2 ** 18 <= keep;

/** The teacher's probabilities: kept where there is room, else made in the graph from its vectors. */
async function wholeCatalogue(sides: FactorSides, o: Options): Promise<FactorPlan> {
  const { teacher, users: all, items } = sides;
  const { width: d, data } = teacher.users;
  const p = new Float32Array(isKept(sides, o) ? all * items : 0);
  if (p.length > 0)
    await teacher.scores.each((user, scores) => {
      softmaxOn(scores, scores, 0, items, o.temperature);
      p.set(scores, user * items);
    });
  const table = feed(teacher.items.data, items, d);
  return {
    feeds: ({ users, c }, _random, spare = {}): Record<string, Feed> => ({
      ...(p.length > 0
        ? { "ce.p": feedRows(p, items, users, spare["ce.p"]) }
        : { "ce.users": feedRows(data, d, users), "ce.table": table }),
      "ce.c": feed(c, users.length, 1),
    }),
  };
}

function madeInGraph({ teacher: d, items }: FactorSizes, { temperature }: Options): Tensor {
  const [users, table] = [input("ce.users", ["B", d]), input("ce.table", [items, d])];
  return softmax(matmul(users, table, { transB: true, alpha: 1 / temperature }));
}

async function probabilities({ teacher, users }: FactorSides, items: Int32Array, o: Options) {
  const s = width(o);
  const keeps = new Uint8Array(items.length).fill(1);
  for (let u = 0; u < users; u++) repeats(items.subarray(u * s, (u + 1) * s), (j) => (keeps[u * s + j] = 0));
  const p = await teacher.scores.of(items, s);
  for (let u = 0; u < users; u++) softmaxOn(p, p, u, s, o.temperature, keeps);
  return { items, p, mask: Float32Array.from(keeps, (keep) => (keep === 1 ? 0 : -1e9)) };
}
