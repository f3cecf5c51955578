/** Students that read histories, taught by HetComp: it sees the vectors that they score with. */
import { describe, expect, it } from "vitest";
import { fromLists } from "../../../src/dataset/index.ts";
import { hetcomp } from "../../../src/methods/index.ts";
import { parseOptions } from "../../../src/options.ts";
import { Random } from "../../../src/random.ts";
import {
  nextItemOptions,
  nextItemTask,
  partsOf,
  sequenceFactorOptions,
  sequenceFactorTask,
  type Feeds,
  type Task,
} from "../../../src/train/index.ts";
import { items, studentOf, train, users } from "../../contracts/factor-world.ts";
import { inFloat64, oneThread, value } from "../../contracts/graph-values.ts";
import {
  asValues,
  exportedVectors,
  signal as factors,
  students,
  studentWith,
  usersOf,
  weightsOf,
  width,
} from "../../contracts/sequence-factor-world.ts";
import { randomTrajectory } from "../../contracts/trajectory-world.ts";

const options = (o: Record<string, unknown>) =>
  parseOptions(hetcomp.options, { k: 10, observed: 3, weight: 1, period: 1, ...o }, "hetcomp");
const lossOf = ({ loss, weights }: Task, parts: readonly Feeds[]) =>
  parts.reduce((sum, part) => sum + inFloat64(loss, { ...weightsOf(weights), ...asValues(part) })[0]!, 0);

describe.each(Object.keys(students))("%s", (name) => {
  it.each([
    { transfer: "overall", base: 0 },
    { transfer: "finer", base: 0.5 },
    { transfer: "overall", base: 0, rest: 7 },
  ])("is the method's loss of what it scores with, beside so much of its own: %j", async (o) => {
    const student = {
      ...studentWith(name),
      train,
      users: Int32Array.from({ length: users }, (_, u) => u),
      random: new Random(4),
      device: oneThread,
      partSizes: { most: 8, least: 1 },
    };
    const methodOptions = options(o);
    const task = await sequenceFactorTask(
      {
        ...student,
        method: hetcomp as never,
        methodOptions,
        signal: randomTrajectory(),
        valid: fromLists([]),
      },
      sequenceFactorOptions.parse({ reduction: "sum" }),
    );
    await task.prepare!(0);
    const parts = partsOf(task.epoch(0).batch(0));
    expect(parts.length).toBeGreaterThan(1);
    const loss = hetcomp.loss(studentOf(width, {}), { users, items, student: width }, methodOptions as never);
    const vectors = exportedVectors({ ...student, method: {} as never, methodOptions, signal: factors });
    const taught = parts.reduce((sum, part) => {
      const at = { "kd.users": value(usersOf(part)) };
      return sum + inFloat64(loss, { ...vectors, ...asValues(part), ...at })[0]!;
    }, 0);
    const alone = nextItemTask(student, nextItemOptions.parse({}));
    const own = lossOf(alone, partsOf(alone.epoch(0).batch(0)));
    expect(lossOf(task, parts) / (taught + o.base * own)).toBeCloseTo(1, 6);
    expect(taught).toBeGreaterThan(1);
  });
});
