/** The inputs and outputs of a graph, and the sizes that a set of feeds gives them. */
import { internal } from "../errors.ts";
import {
  bindShape,
  leaves,
  learnSymbols,
  type DType,
  type Feed,
  type Shape,
  type Tensor,
} from "../graph/index.ts";

interface Entry {
  readonly dtype: DType;
  readonly shape: Shape;
}

export class Signature<Name extends string = string> {
  readonly inputs: ReadonlyMap<string, Entry>;
  readonly outputs: Readonly<Record<Name, Entry>>;

  constructor(outputs: Readonly<Record<Name, Tensor>>) {
    const inputs = new Map<string, Entry>();
    for (const { leaf, dtype, shape } of leaves(Object.values<Tensor>(outputs)))
      if (leaf !== null && "name" in leaf) inputs.set(leaf.name, { dtype, shape });
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /** @returns the feeds of this graph's inputs, and the shapes that they give its outputs. */
  bind(
    feeds: Readonly<Record<string, Feed>>,
    given: Readonly<Record<string, number>> = {},
  ): { inputs: Record<string, Feed>; shapes: Record<Name, number[]> } {
    const symbols = new Map(Object.entries(given));
    const inputs: Record<string, Feed> = {};
    for (const [name, { shape }] of this.inputs) {
      const feed = feeds[name];
      if (feed === undefined) throw internal(`no feed for input "${name}"`);
      learnSymbols(name, shape, feed.shape, symbols);
      inputs[name] = feed;
    }
    const names = Object.keys(this.outputs) as Name[];
    const shapes = names.map((name) => [name, bindShape(this.outputs[name].shape, symbols)] as const);
    return { inputs, shapes: Object.fromEntries(shapes) as Record<Name, number[]> };
  }
}
