/** docs/results.md, generated: `npm run results` writes it, a test fails when it is stale. */
import { bahsdSection, bahsdSummary } from "./bahsd-page.ts";
import { blackBoxSection } from "./black-box-page.ts";
import { hetcompSection, hetcompSummary } from "./hetcomp-page.ts";
import { rceKdSection, rceKdSummary, tunedSection } from "./rce-kd-page.ts";
import type { CellResult, Recipe } from "./types.ts";
import { overview } from "./overview.ts";
import { recipes } from "./index.ts";
import { readResults } from "./results.ts";

type Section = (recipe: Recipe, results: ReadonlyMap<string, CellResult>) => string;

const sectionOf: Readonly<Record<string, Section>> = {
  "black-box-ml-1m": blackBoxSection,
  "bahsd-beauty": bahsdSection,
  "bahsd-ml-1m": bahsdSection,
  "rce-kd-citeulike": rceKdSection,
  "rce-kd-gowalla": rceKdSection,
  "rce-kd-ml-1m": tunedSection,
  "rce-kd-beauty": tunedSection,
  "hetcomp-citeulike": hetcompSection,
  "hetcomp-foursquare": hetcompSection,
  "hetcomp-ml1m-mixed": hetcompSection,
};

/** @returns the page's text from the result files of a folder. */
export function resultsPage(folder: string): string {
  const all = Object.values(recipes)
    .map((recipe) => [recipe, readResults(folder, recipe.name)] as const)
    .filter(([, results]) => results.size > 0);
  return [
    "# Results",
    "",
    "Every number comes from a committed file under `results/`, written by `potstill reproduce`; this page is written by",
    "`npm run results`. Machine: 2 cores, no accelerator, other work on it: times are upper bounds.",
    "",
    ...overview(all),
    ...all.map(([recipe, results]) => sectionOf[recipe.name]!(recipe, results)),
  ].join("\n");
}

const marks = /(<!-- results:[^>]*-->\n)[\s\S]*?(<!-- \/results -->)/;

/** What the README's first screen shows. */
const summaryOf = {
  "bahsd-beauty": bahsdSummary,
  "hetcomp-citeulike": hetcompSummary,
  "rce-kd-citeulike": rceKdSummary,
};

/** @returns the README with the tables of its first screen filled in from the result files. */
export function readmeWithResults(readme: string, folder: string): string {
  const tables = Object.entries(summaryOf).map(([name, summary]) =>
    summary(recipes[name]!, readResults(folder, name)),
  );
  return readme.replace(marks, (_all, open: string, close: string) => open + tables.join("\n") + close);
}
