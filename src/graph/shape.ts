import { internal } from "../errors.ts";
import type { Dim, Shape } from "./tensor.ts";

export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** @returns the product of sizes, symbols kept: product([2, "B", 3]) = "6*B". */
export function product(dims: Shape): Dim {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of dims.flatMap((d): Dim[] => (typeof d === "number" ? [d] : d.split("*")))) {
    const n = Number(dim);
    if (Number.isNaN(n)) symbols.push(String(dim));
    else factor *= n;
  }
  if (symbols.length === 0) return factor;
  return [...(factor === 1 ? [] : [String(factor)]), ...symbols.sort()].join("*");
}

/** @returns the sum of sizes, symbols kept: total([2, "T", 1]) = "T+3". */
export function total(dims: Shape): Dim {
  const terms = dims.flatMap((d): Dim[] => (typeof d === "number" ? [d] : d.split("+")));
  const symbols = terms.filter((d) => Number.isNaN(Number(d))).map(String);
  const rest = terms.reduce<number>((sum, d) => sum + (Number.isNaN(Number(d)) ? 0 : Number(d)), 0);
  if (symbols.length === 0) return rest;
  return [...symbols.sort(), ...(rest === 0 ? [] : [String(rest)])].join("+");
}

/** @returns the shape of an elementwise result by the usual rule: sizes agree or one of them is 1. */
export function broadcast(what: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw internal(`${what}: shapes must broadcast, got ${show(a)} and ${show(b)}`);
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** @returns the axes of `from` that were stretched from `to`, and whether leading axes must go. */
export function broadcastAxes(from: Shape, to: Shape): { axes: number[]; lead: number } {
  const lead = from.length - to.length;
  const axes = from.flatMap((d, i) => (i < lead || (to[i - lead] === 1 && d !== 1) ? [i] : []));
  return { axes, lead };
}

/** @returns `axis` counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** @returns the shape with numbers in place of symbols. */
export function bindShape(shape: Shape, symbols: ReadonlyMap<string, number>): number[] {
  return shape.map((dim) => {
    if (typeof dim === "number") return dim;
    return dim.split("*").reduce((size, factor) => {
      const n = factor.split("+").reduce((sum, term) => sum + (symbols.get(term) ?? Number(term)), 0);
      if (Number.isNaN(n)) throw internal(`size "${factor}" of ${show(shape)} is not bound by any input`);
      return size * n;
    }, 1);
  });
}

/** Learns the symbols of one input from its actual sizes; a symbol must have one size. */
export function learnSymbols(
  name: string,
  shape: Shape,
  actual: readonly number[],
  symbols: Map<string, number>,
): void {
  const agrees =
    shape.length === actual.length &&
    shape.every((dim, i) => {
      if (typeof dim === "number") return dim === actual[i];
      if (/[*+]/.test(dim)) return true;
      const known = symbols.get(dim) ?? actual[i]!;
      symbols.set(dim, known);
      return known === actual[i];
    });
  if (!agrees) throw internal(`input "${name}": expected ${show(shape)}, got ${show(actual)}`);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1);
}
