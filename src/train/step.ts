/** One training step as a compiled graph: loss and gradients in one run, then the optimiser. */
import { gradients, leaves, learnSymbols, type Feed, type Tensor } from "../graph/index.ts";
import type { GradientArrays, Optimiser } from "../optim/index.ts";
import { Program, type Device } from "../runtime/index.ts";
import type { Propagated } from "./propagated.ts";
import type { Batch, Task } from "./task.ts";

/** Which outputs of the step's graph make up the gradient of one weight. */
interface GradientNames {
  readonly weight: string;
  readonly dense: string | null;
  readonly rows: readonly { indices: string; values: string }[];
}

export class Step {
  readonly #program: Program;
  readonly #names: readonly GradientNames[];
  readonly #weights: Readonly<Record<string, Feed>>;
  readonly #propagated: Propagated | undefined;
  readonly #shapes: ReadonlyMap<string, Tensor>;

  private constructor(program: Program, names: readonly GradientNames[], task: Task) {
    this.#program = program;
    this.#names = names;
    this.#weights = task.weights;
    this.#propagated = task.propagated;
    const inputs = leaves([task.loss]).flatMap((t) =>
      t.leaf !== null && "name" in t.leaf ? [[t.leaf.name, t] as const] : [],
    );
    this.#shapes = new Map(inputs);
  }

  static async compile(task: Task, device?: Device): Promise<Step> {
    const weights = Object.keys(task.leaves);
    const outputs: Record<string, Tensor> = { loss: task.loss };
    const found = gradients(
      task.loss,
      weights.map((name) => task.leaves[name]!),
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
    return new Step(await Program.compile(outputs, device), names, task);
  }

  /** @returns the sizes that a batch gives to the symbols of the graph. */
  symbols({ feeds }: Batch): Map<string, number> {
    const symbols = new Map<string, number>();
    for (const [name, feed] of Object.entries(feeds)) {
      const leaf = this.#shapes.get(name);
      if (leaf !== undefined) learnSymbols(name, leaf.shape, feed.shape, symbols);
    }
    return symbols;
  }

  /** Computes the loss and its gradients; {@link Gradients.apply} then moves the weights. */
  async run(
    feeds: Readonly<Record<string, Feed>>,
  ): Promise<{ loss: number; apply: (optimiser: Optimiser) => void }> {
    const tables = this.#propagated?.forward() ?? this.#weights;
    const results = await this.#program.run({ ...tables, ...feeds });
    const data = (name: string) => results[name]!.data;
    const arrays = this.#names.map(({ weight, dense, rows }): [string, GradientArrays] => [
      weight,
      {
        dense: dense === null ? null : (data(dense) as Float32Array),
        rows: rows.map(({ indices, values }) => ({
          indices: data(indices) as Int32Array,
          values: data(values) as Float32Array,
        })),
      },
    ]);
    const found = Object.fromEntries(arrays);
    const apply = (optimiser: Optimiser) => optimiser.update(this.#propagated?.backward(found) ?? found);
    return { loss: results.loss!.data[0] as number, apply };
  }
}
