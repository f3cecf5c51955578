/** What sections of the results page share. */
import type { CellResult, MeasuredCell, Recipe } from "./types.ts";

export type Measured = CellResult & { evaluation: MeasuredCell };

export function isMeasured(cell: CellResult | undefined): cell is Measured {
  return cell !== undefined && cell.evaluation !== null;
}

export const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

const deviation = (xs: readonly number[]) =>
  Math.sqrt(xs.reduce((s, x) => s + (x - mean(xs)) ** 2, 0) / Math.max(1, xs.length - 1));

export const decimals = (x: number, digits = 4) => x.toFixed(digits).replace(/^0/, "");

/** Mean, and standard deviation where there are several. */
export const spread = (xs: readonly number[]) =>
  xs.length === 1 ? decimals(xs[0]!) : `${decimals(mean(xs))} ± ${decimals(deviation(xs))}`;

/** A relative difference. */
export const percent = (x: number) => `${x >= 0 ? "+" : ""}${(100 * x).toFixed(1)} %`;

export const probability = (p: number) => (p < 0.001 ? "p < .001" : `p = ${decimals(p)}`);

/** Every cell's commands and the commit they ran at. */
export function commandList(results: ReadonlyMap<string, CellResult>): string[] {
  const lines = [...results.values()].flatMap(({ commands, commit, cell }) => [
    `# ${cell}, commit ${commit}`,
    ...commands.map((command) => command.replaceAll("--force", "").trimEnd()),
  ]);
  return [
    "<details><summary>The commands of every cell</summary>",
    "",
    "Each was run by the code of its commit: what a command leaves out had the defaults of then.",
    "",
    "```",
    ...lines,
    "```",
    "",
    "</details>",
    "",
  ];
}

/** Lines under the heading of a table. */
export function noteOf({ notes }: Pick<Recipe, "notes">, table: string): string[] {
  const note = notes?.[table];
  return note === undefined ? [] : [note, ""];
}

/** Which teacher's lists these cells learned from, where it is not that of the table. */
export function otherTeachers(cells: readonly CellResult[], teacher: CellResult): string[] {
  const { weightsSha256 } = teacher.output.manifest as { weightsSha256: string };
  const versions = new Set(cells.flatMap(({ output }) => versionOf(output) ?? []));
  return [...versions]
    .filter((version) => !weightsSha256.startsWith(version))
    .map((version) => `The lists are those of another training of the teacher, weights ${version}.`);
}

function versionOf(output: CellResult["output"]): string | undefined {
  const { training } = output.manifest as { training: { signals?: { teacher?: { version: string } } } };
  return training.signals?.teacher?.version;
}
