import { writeFileSync } from "node:fs";
import { resultsPage } from "./page.ts";

writeFileSync("docs/results.md", resultsPage("results"));
