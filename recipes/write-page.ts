import { readFileSync, writeFileSync } from "node:fs";
import { readmeWithResults, resultsPage } from "./page.ts";

writeFileSync("docs/results.md", resultsPage("results"));
writeFileSync("README.md", readmeWithResults(readFileSync("README.md", "utf8"), "results"));
