import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readmeWithResults, resultsPage } from "../../../recipes/page.ts";

it("docs/results.md is what the result files say; npm run results writes it", () => {
  expect(readFileSync("docs/results.md", "utf8")).toBe(resultsPage("results"));
});

it("the README's table is what the result files say", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(readmeWithResults(readme, "results"));
});
