/** What sections of the results page share. */
import type { CellResult, MeasuredCell } from "./types.ts";

export type Measured = CellResult & { evaluation: MeasuredCell };

export function isMeasured(cell: CellResult | undefined): cell is Measured {
  return cell !== undefined && cell.evaluation !== null;
}

/** Every cell's commands and the commit they ran at. */
export function commandList(results: ReadonlyMap<string, CellResult>): string[] {
  const lines = [...results.values()].flatMap(({ commands, commit, cell }) => [
    `# ${cell}, commit ${commit}`,
    ...commands.map((command) => command.replaceAll("--force", "").trimEnd()),
  ]);
  return [
    "<details><summary>The commands of every cell</summary>",
    "",
    "```",
    ...lines,
    "```",
    "",
    "</details>",
    "",
  ];
}
