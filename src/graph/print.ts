/** Any graph as readable text, one line per node in the order they run. */
import { leaves, topological, type Attributes, type Tensor } from "./tensor.ts";

/** @returns lines like `%3 [B, 4] = MatMul(%1, w) transB=true`. */
export function print(outputs: Readonly<Record<string, Tensor>>): string {
  const roots = Object.values(outputs);
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  for (const t of leaves(roots)) {
    if (t.leaf === null) continue;
    const text = "name" in t.leaf ? t.leaf.name : brief(t.leaf.constant);
    names.set(t, text);
    if ("name" in t.leaf) lines.push(`${text} ${type(t)}`);
  }
  let next = 0;
  for (const node of topological(roots)) {
    node.outputs.forEach((t) => names.set(t, `%${next++}`));
    const results = node.outputs.map((t) => `${names.get(t)!} ${type(t)}`).join(", ");
    const args = node.inputs.map((t) => names.get(t)!).join(", ");
    lines.push(`${results} = ${node.op.name}(${args})${attributes(node.attributes)}`);
  }
  for (const [name, t] of Object.entries(outputs)) lines.push(`return ${name} = ${names.get(t)!}`);
  return lines.join("\n");
}

const type = (t: Tensor) => `${t.dtype === "float32" ? "" : t.dtype}[${t.shape.join(", ")}]`;

const brief = (values: readonly number[]) =>
  values.length === 1 ? String(values[0]) : `constant(${values.length} numbers)`;

function attributes(record: Attributes): string {
  const entries = Object.entries(record).map(
    ([k, v]) => ` ${k}=${typeof v === "object" ? `[${v.join(", ")}]` : v}`,
  );
  return entries.join("");
}
