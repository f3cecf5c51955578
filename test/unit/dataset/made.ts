import { importDataset, openDataset, row, type Dataset, type Rules } from "../../../src/dataset/index.ts";
import { drive } from "../../../src/events.ts";
import type { ReadOptions } from "../../../src/interactions/index.ts";

export const plain: Rules = { split: { kind: "leave-one-out" }, filter: { kind: "none" }, ties: "stored" };

/** Imports a file and opens the result. */
export async function imported(
  source: ReadOptions,
  out: string,
  rules: Partial<Rules> = {},
): Promise<Dataset> {
  await drive(importDataset({ source, out, rules: { ...plain, ...rules }, force: true }));
  return openDataset(out);
}

/** Original item ids of one part, by original user id: "u1: a b". */
export function spell(dataset: Dataset, part: "train" | "valid" | "test"): string[] {
  return Array.from({ length: dataset.users.size }, (_, u) => {
    const items = Array.from(row(dataset[part], u), (item) => dataset.items.id(item));
    return `${dataset.users.id(u)}: ${items.join(" ")}`.trim();
  });
}
