/**
 * Which state of which teacher teaches which user, and when the next one does: the dynamic knowledge construction of
 * HetComp, and the schedules it is compared with. See hetcomp.ts.
 */
import * as z from "zod";
import type { CurriculumEvent } from "../events.ts";
import type { Random } from "../random.ts";
import type { TrajectorySignal } from "../signals/index.ts";
import { Discrepancy } from "./discrepancy.ts";
import type { TrajectorySides } from "./types.ts";

export const curriculumOptions = {
  curriculum: z.enum(["dynamic", "fixed", "random", "none"]).default("dynamic"), // HetComp's code; all below too, unless said
  period: z.int().min(1).default(10), // p
  alpha: z.number().positive().default(1.05),
  advance: z.enum(["either", "nearer"]).default("either"),
  discrepancy: z.enum(["set", "order"]).default("set"),
  pace: z.int().min(1).default(30), // epochs per state where the curriculum is not dynamic; ours
};
export type CurriculumOptions = Readonly<z.output<z.ZodObject<typeof curriculumOptions>>>;

/** Items of both rankings that a discrepancy looks at. */
export const compared = 50;

/** th = alpha 0.995^check, of the check-th period. */
export const threshold = (alpha: number, check: number): number => alpha * 0.995 ** check;

/**
 * @param before the discrepancy from the next state when the present one was reached @param now as it is
 * @returns whether the next state is due: the student has come nearer to it by the factor th, or has it, or ("either") moves
 *   away from it. NaN: the teacher has nothing to say at that state, so that nothing is waited for.
 */
export function isDue(before: number, now: number, th: number, rule: "either" | "nearer"): boolean {
  if (now === 0 || Number.isNaN(now)) return true;
  const ratio = before / now;
  return ratio > th || (rule === "either" && ratio < 1);
}

type Sides = Pick<TrajectorySides, "users" | "items" | "tail">;

export class Curriculum {
  readonly #o: CurriculumOptions;
  readonly #signal: TrajectorySignal;
  readonly #sides: Sides;
  readonly #last: number;
  readonly #gauge: Discrepancy;
  /** v [X, U], d [X, U], and the epoch of the last check, -1 before the first. */
  readonly memory: Readonly<
    Record<"reached" | "distance" | "checked", { shape: number[]; data: Float32Array }>
  >;

  constructor(signal: TrajectorySignal, sides: Sides, o: CurriculumOptions) {
    [this.#o, this.#signal, this.#sides] = [o, signal, sides];
    this.#last = signal.states[0]!.length - 1;
    this.#gauge = new Discrepancy(sides.items, compared, o.discrepancy);
    const shape = [signal.states.length, sides.users];
    const table = (value: number) => new Float32Array(shape[0]! * shape[1]!).fill(value);
    this.memory = {
      reached: { shape, data: table(o.curriculum === "none" ? this.#last : 0) },
      distance: { shape, data: table(0) },
      checked: { shape: [1], data: Float32Array.of(-1) },
    };
  }

  /** The state at which teacher x stands for user u. */
  readonly stateOf = (x: number, u: number): number => this.memory.reached.data[x * this.#sides.users + u]!;

  /** Whether every teacher stands at its last state, on average over users, to two decimals; else whether its time is over. */
  get done(): boolean {
    if (this.#o.curriculum !== "dynamic") return this.memory.checked.data[0]! >= this.#end;
    const means = this.#signal.states.map((_, x) => this.#mean(x, () => true)!);
    return means.every((mean) => Math.round(100 * mean) >= 100 * this.#last);
  }

  /** The epoch from which a fixed schedule has nothing more to do. */
  get #end(): number {
    return this.#o.pace * this.#last;
  }

  /**
   * Before an epoch; a second time before the same one it does nothing.
   * @param ranking asks for the student's best {@link compared} unseen items [U, n] @returns whether states were checked
   */
  async step(epoch: number, random: Random, ranking: () => Promise<Int32Array>): Promise<boolean> {
    const { curriculum, period, pace } = this.#o;
    const checked = this.memory.checked.data;
    const before = checked[0]!;
    if (epoch <= before || this.done) return false;
    if (epoch % (curriculum === "dynamic" ? period : pace) !== 0) return false;
    if (curriculum === "dynamic") {
      if (epoch === 0) return false;
      this.#check(await ranking(), before < 0, epoch / period);
    } else this.#place(epoch, random);
    checked[0] = epoch;
    return true;
  }

  #check(student: Int32Array, first: boolean, check: number): void {
    const { alpha, advance } = this.#o;
    const th = threshold(alpha, check);
    const [{ data: reached }, { data: distance }] = [this.memory.reached, this.memory.distance];
    const { users } = this.#sides;
    const width = student.length / users;
    for (let u = 0; u < users; u++) {
      this.#gauge.open(student.subarray(u * width, (u + 1) * width));
      for (let x = 0; x < this.#signal.states.length; x++) {
        const at = x * users + u;
        const v = reached[at]!;
        if (first) distance[at] = this.#distance(x, v + 1, u);
        else if (v < this.#last && isDue(distance[at]!, this.#distance(x, v + 1, u), th, advance)) {
          distance[at] = this.#distance(x, v + 2, u);
          reached[at] = v + 1;
        }
      }
    }
  }

  #distance(x: number, state: number, u: number): number {
    const { k } = this.#signal.manifest;
    const { lists } = this.#signal.states[x]![Math.min(this.#last, state)]!;
    return this.#gauge.from(lists.subarray(u * k, (u + 1) * k));
  }

  #place(epoch: number, random: Random): void {
    const [state, { data }] = [epoch / this.#o.pace, this.memory.reached];
    if (this.#o.curriculum === "fixed" || epoch === this.#end) data.fill(Math.min(state, this.#last));
    else if (this.#o.curriculum === "random")
      data.forEach((_, n) => (data[n] = random.integer(this.#last + 1)));
  }

  event(epoch: number): CurriculumEvent {
    const { tail } = this.#sides;
    const teachers = this.#signal.manifest.teachers.map(({ name }, x) => {
      const mean = this.#mean(x, () => true) ?? this.#last;
      return [
        name,
        { mean, head: this.#mean(x, (u) => tail[u] === 0), tail: this.#mean(x, (u) => tail[u] === 1) },
      ];
    });
    return {
      type: "curriculum",
      epoch,
      last: this.#last,
      teachers: Object.fromEntries(teachers) as CurriculumEvent["teachers"],
      done: this.done,
    };
  }

  #mean(x: number, counts: (u: number) => boolean): number | null {
    let [sum, size] = [0, 0];
    for (let u = 0; u < this.#sides.users; u++) {
      if (!counts(u)) continue;
      sum += this.stateOf(x, u);
      size++;
    }
    return size === 0 ? null : sum / size;
  }
}
