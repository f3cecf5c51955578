import type { CommandFile } from "../frame/types.ts";

export const command: CommandFile = {
  summary: "check this machine and say what to fix",
  examples: ["potstill doctor", "potstill doctor --json"],
  define: () => undefined,
  run: () => Promise.resolve({ json: {}, text: "ok" }),
};
