/** One training step as a compiled graph: loss and gradients in one run, then the optimiser. */
import { densify, gradients, leaves, learnSymbols, type Tensor } from "../graph/index.ts";
import type { GradientArrays } from "../optim/index.ts";
import {
  defaultDevice,
  ParallelProgram,
  Program,
  type Device,
  type LaneResult,
  type Reduction,
} from "../runtime/index.ts";
import type { Feeds, Task } from "./task.ts";
import type { Propagated } from "./propagated.ts";

/** Which outputs of the step's graph make up the gradient of one weight. */
interface GradientNames {
  readonly weight: string;
  readonly dense: string | null;
  readonly rows: readonly { indices: string; values: string }[];
}

type Gradients = Readonly<Record<string, GradientArrays>>;

interface Found {
  readonly loss: number;
  readonly gradients: Gradients;
  /** The gradient of each input of {@link Task.scored} that has one, by name. */
  readonly scored?: Readonly<Record<string, Float32Array>>;
}

/** Runs the parts of a batch. Gradients are valid until the next run. */
interface Runner {
  run(parts: readonly Feeds[]): Promise<Found>;
  close(): Promise<void>;
}

export class Step {
  readonly #runner: Runner;
  readonly #propagated: Propagated | undefined;
  readonly #shapes: ReadonlyMap<string, Tensor>;

  private constructor(runner: Runner, { loss, propagated }: Task) {
    this.#runner = runner;
    this.#propagated = propagated;
    const inputs = leaves([loss]).flatMap((t) =>
      t.leaf !== null && "name" in t.leaf ? [[t.leaf.name, t] as const] : [],
    );
    this.#shapes = new Map(inputs);
  }

  static async compile(task: Task, device?: Device): Promise<Step> {
    const { outputs, names } = outputsOf(task);
    const runner = task.divided === true ? inParts : whole;
    return new Step(await runner(task, outputs, names, device), task);
  }

  /** @returns the sizes that feeds give to the symbols of the graph. */
  symbols(feeds: Feeds): Map<string, number> {
    const symbols = new Map<string, number>();
    for (const [name, feed] of Object.entries(feeds)) {
      const leaf = this.#shapes.get(name);
      if (leaf !== undefined) learnSymbols(name, leaf.shape, feed.shape, symbols);
    }
    return symbols;
  }

  /** Computes the loss of a batch in parts and its gradients. */
  async run(parts: readonly Feeds[]): Promise<Found> {
    const propagated = this.#propagated;
    if (propagated === undefined) return await this.#runner.run(parts);
    const tables = propagated.forward();
    const { loss, gradients } = await this.#runner.run(parts.map((feeds) => ({ ...tables, ...feeds })));
    return { loss, gradients: propagated.backward(gradients) };
  }

  /** Ends the threads that steps have started. */
  close(): Promise<void> {
    return this.#runner.close();
  }
}

function outputsOf({ loss, leaves, scored }: Task): {
  outputs: Record<string, Tensor>;
  names: GradientNames[];
} {
  const weights = Object.keys(leaves);
  const outputs: Record<string, Tensor> = { loss };
  const inputs = scored?.inputs ?? [];
  gradients(
    loss,
    inputs.map(({ leaf }) => leaf),
  ).forEach((gradient, i) => {
    const dense = densify(inputs[i]!.leaf, gradient);
    if (dense !== null) outputs[scoredName(inputs[i]!.name)] = dense;
  });
  const found = gradients(
    loss,
    weights.map((name) => leaves[name]!),
  );
  const names = found.flatMap(({ dense, rows }, i): GradientNames[] => {
    const weight = weights[i]!;
    if (dense === null && rows.length === 0) return [];
    if (dense !== null) outputs[`d.${weight}`] = dense;
    const rowNames = rows.map(({ indices, values }, r) => {
      const name = { indices: `rows.${weight}.${r}.indices`, values: `rows.${weight}.${r}.values` };
      outputs[name.indices] = indices;
      outputs[name.values] = values;
      return name;
    });
    return [{ weight, dense: dense === null ? null : `d.${weight}`, rows: rowNames }];
  });
  return { outputs, names };
}

const scoredName = (input: string) => `d.${input}`;

type Outputs = Readonly<Record<string, Tensor>>;

/** A batch in one piece, each operation on all threads or one. */
async function whole(
  task: Task,
  outputs: Outputs,
  names: readonly GradientNames[],
  device = defaultDevice,
): Promise<Runner> {
  const program = await Program.compile(outputs, task.onOneThread ? { ...device, threads: 1 } : device);
  return {
    async run([feeds]) {
      const results = await program.run({ ...task.weights, ...feeds });
      const data = (name: string) => results[name]!.data;
      const gradients = names.map(({ weight, dense, rows }): [string, GradientArrays] => [
        weight,
        {
          dense: dense === null ? null : (data(dense) as Float32Array),
          rows: rows.map(({ indices, values }) => ({
            indices: data(indices) as Int32Array,
            values: data(values) as Float32Array,
          })),
        },
      ]);
      const pushed = (task.scored?.inputs ?? []).filter(({ name }) => scoredName(name) in outputs);
      const scored = pushed.map(({ name }) => [name, data(scoredName(name)) as Float32Array] as const);
      return {
        loss: results["loss"]!.data[0] as number,
        gradients: Object.fromEntries(gradients),
        scored: Object.fromEntries(scored),
      };
    },
    close: () => Promise.resolve(),
  };
}

/** Parts on several threads, each operation on one. */
async function inParts(
  { weights }: Task,
  outputs: Outputs,
  names: readonly GradientNames[],
  device?: Device,
): Promise<Runner> {
  const dense = names.flatMap(({ dense }) => (dense === null ? [] : [dense]));
  const tables = names.flatMap(({ weight, rows }) => {
    const { shape, data } = weights[weight]!;
    const table = { rows: shape[0]!, width: data.length / shape[0]!, outputs: rows };
    return rows.length === 0 ? [] : [[weight, table] as const];
  });
  const reduction: Reduction = { sums: ["loss", ...dense], tables: Object.fromEntries(tables) };
  const program = await ParallelProgram.compile(outputs, reduction, weights, device);
  return {
    async run(parts) {
      const lanes = await program.run(parts);
      const gradients = names.map((n) => [n.weight, together(n, lanes)] as const);
      const loss = lanes.reduce((sum, lane) => sum + lane.sums["loss"]![0]!, 0);
      return { loss, gradients: Object.fromEntries(gradients) };
    },
    close: () => program.close(),
  };
}

function together({ weight, dense, rows }: GradientNames, lanes: readonly LaneResult[]): GradientArrays {
  const [first, ...others] = dense === null ? [] : lanes.map(({ sums }) => sums[dense]!);
  for (const other of others) for (let i = 0; i < other.length; i++) first![i]! += other[i]!;
  return { dense: first ?? null, rows: rows.length === 0 ? [] : lanes.map((lane) => lane.rows[weight]!) };
}
