/** Reverse-mode differentiation: one walk that names no op, accumulates, and un-broadcasts in one place. */
import { internal } from "../errors.ts";
import { add } from "./ops/elementwise.ts";
import { scatterRows } from "./ops/gather.ts";
import { expandTo, reshape } from "./ops/movement.ts";
import { sum } from "./ops/reduce.ts";
import { broadcastAxes, sameShape, show } from "./shape.ts";
import { constant, topological, type RowGradient, type Tensor } from "./tensor.ts";

/** The gradient of one leaf: a dense part, and parts for some rows of a table only. */
export interface Gradient {
  readonly dense: Tensor | null;
  readonly rows: readonly RowGradient[];
}

/** @returns d loss / d leaf for every leaf of `of`; loss is a scalar. */
export function gradients(loss: Tensor, of: readonly Tensor[]): Gradient[] {
  if (loss.shape.length !== 0) throw internal(`gradients: loss must be a scalar, got ${show(loss.shape)}`);
  const wanted = new Set(of);
  const needed = dependents(loss, wanted);
  const found = new Map<Tensor, { dense: Tensor | null; rows: RowGradient[] }>();
  const collect = (t: Tensor, g: Tensor | RowGradient) => {
    const entry = found.get(t) ?? { dense: null, rows: [] };
    found.set(t, entry);
    if ("values" in g) entry.rows.push(g);
    else entry.dense = entry.dense === null ? sumTo(g, t) : add(entry.dense, sumTo(g, t));
  };
  collect(loss, constant([1]));
  for (const node of topological([loss]).reverse()) {
    if (!node.outputs.some((t) => found.has(t) && needed.has(t))) continue;
    const dys = node.outputs.map((t) => densify(t, found.get(t)));
    const gs = node.op.gradient(node.inputs, node.outputs, dys, node.attributes);
    node.inputs.forEach((t, i) => {
      const g = gs[i];
      if (g !== null && g !== undefined && needed.has(t)) collect(t, g);
    });
  }
  return of.map((t) => found.get(t) ?? { dense: null, rows: [] });
}

/** @returns the tensors on a path from a wanted leaf to the loss: only these carry gradients. */
function dependents(loss: Tensor, wanted: ReadonlySet<Tensor>): Set<Tensor> {
  const needed = new Set(wanted);
  for (const node of topological([loss]))
    if (node.inputs.some((t) => needed.has(t))) node.outputs.forEach((t) => needed.add(t));
  return needed;
}

/** @returns the whole gradient of a tensor, parts for some rows added in, into zeros where there is nothing else. */
export function densify(t: Tensor, entry: Gradient | undefined): Tensor | null {
  if (entry === undefined) return null;
  return entry.rows.reduce<Tensor | null>((dense, { indices, values }) => {
    return scatterRows(dense ?? expandTo(constant([0]), t.shape), indices, values);
  }, entry.dense);
}

/** Sums what broadcasting stretched. */
function sumTo(g: Tensor, t: Tensor): Tensor {
  if (sameShape(g.shape, t.shape)) return g;
  const { axes } = broadcastAxes(g.shape, t.shape);
  const summed = axes.length === 0 ? g : sum(g, axes, true);
  return reshape(summed, t.shape);
}
