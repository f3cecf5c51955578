/** After a build: makes dist/cli/main.js executable and known to npx in this checkout, without npx's own cache. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";

const command = "dist/cli/main.js";
const link = "node_modules/.bin/potstill";
chmodSync(command, 0o755);
if (process.platform !== "win32") {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(`../../${command}`, link);
}
