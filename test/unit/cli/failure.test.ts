import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { explain } from "../../../cli/frame/failure.ts";
import { UserError, type ErrorCode } from "../../../src/errors.ts";

describe("how a failure ends the process", () => {
  it.each<[ErrorCode, number]>([
    ["usage", 2],
    ["input", 2],
    ["not-found", 2],
    ["conflict", 2],
    ["unavailable", 1],
    ["io", 1],
    ["budget", 3],
    ["interrupted", 130],
  ])("%s -> %i, without a stack", (code, exitCode) => {
    expect(explain(new UserError(code, "why"), false)).toEqual({ code, message: "why", exitCode });
  });

  it("turns a real missing file into one line", async () => {
    const error: unknown = await readFile("/nowhere/at all").catch((e: unknown) => e);
    expect(explain(error, false)).toEqual({
      code: "not-found",
      message: "/nowhere/at all: expected a file or folder, got nothing. Check the path.",
      exitCode: 2,
    });
  });

  it("turns a full disk into one line", () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const { message, exitCode } = explain(error, false);
    expect(message).toBe("disk: expected room on the disk, got a full one. Free some space and run again.");
    expect(exitCode).toBe(1);
  });

  it("calls a cancelled call an interruption only where a signal came", () => {
    const error = new DOMException("This operation was aborted", "AbortError");
    expect(explain(error, true)).toMatchObject({ code: "interrupted", exitCode: 130 });
    expect(explain(error, false)).toMatchObject({ code: "internal", exitCode: 1 });
  });

  it("owns up to everything else with a stack", () => {
    const failure = explain(new TypeError("x is not a function"), false);
    expect(failure).toMatchObject({
      code: "internal",
      message: "internal: x is not a function",
      exitCode: 1,
    });
    expect(failure.stack).toContain("failure.test.ts");
  });
});
