import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { main, potstill, startNode } from "./potstill.ts";

describe("bad command lines end with 2, one message and no stack", () => {
  it.concurrent.each([
    [["doctr"], "potstill: unknown command 'doctr'. Did you mean doctor?"],
    [
      ["serve", "--bundle", "b", "--prot", "1"],
      "potstill serve: unknown option '--prot'. Did you mean --port?",
    ],
    [["doctor", "--jsn"], "Did you mean --json?"],
    [["data", "imprt"], "potstill data: unknown command 'imprt'. Did you mean import?"],
    [["serve"], "potstill serve: required option '--bundle <folder>' not specified."],
    [["serve", "--bundle"], "potstill serve: option '--bundle <folder>' argument missing."],
    [["serve", "--bundle", "b", "--port", "http"], '--port: expected a port from 0 to 65535, got "http".'],
    [["serve", "--bundle", "b", "--port", "70000"], '--port: expected a port from 0 to 65535, got "70000".'],
    [["recommend", "--bundle", "b"], "expected --history, --user or both, got neither."],
    [
      ["recommend", "--bundle", "b", "--history", "1", "-k", "0"],
      "-k: expected a whole number from 1 to 1000",
    ],
    [["doctor", "--seed", "-1"], '--seed: expected a whole number of at least 0, got "-1".'],
    [["doctor", "--seed", "1e99"], '--seed: expected a whole number of at least 0, got "1e99".'],
    [["doctor", "now"], "potstill doctor: too many arguments for 'doctor'."],
    [["--bogus"], "potstill: unknown option '--bogus'."],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await potstill(args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("says it as one JSON object too", async () => {
    const { code, stdout } = await potstill(["doctr", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      error: {
        code: "usage",
        message:
          "potstill: unknown command 'doctr'. Did you mean doctor? Run \"potstill --help\" to see what it takes.",
      },
    });
    expect(code).toBe(2);
  });
});

describe("asking for help", () => {
  it("lists the commands without loading ONNX Runtime or DuckDB", async () => {
    const count =
      "process.report.getReport().sharedObjects.filter((f) => /onnxruntime|duckdb/.test(f)).length";
    const hook = `data:text/javascript,process.on("exit",()=>console.error("native:"+${count}))`;
    const { code, stdout, stderr } = await startNode(["--import", hook, main, "--help"]).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/Commands:\n {2}demo .*\n {2}data .*\n {2}train /);
    expect(stderr).toBe("native:0\n");
  });

  it("shows examples before usage", async () => {
    const { code, stdout } = await potstill(["recommend", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Examples:\n {2}potstill recommend /);
    expect(stdout.indexOf("Usage:")).toBeGreaterThan(stdout.indexOf("Examples:"));
  });

  it("prints help on stderr and ends with 2 when no command is named", async () => {
    const { code, stdout, stderr } = await potstill([]);
    expect(stderr).toContain("Usage: potstill");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("prints the version", async () => {
    expect((await potstill(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("streams", () => {
  it("doctor --json prints one object on stdout; --quiet leaves stderr empty", async () => {
    const { code, stdout, stderr } = await potstill(["doctor", "--json", "--quiet"]);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, ok: true });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("colours only where colour is wanted", async () => {
    expect((await potstill(["doctr"], { FORCE_COLOR: "1" })).stderr).toContain("\u001b[31merror\u001b[39m");
    expect((await potstill(["doctr"], { FORCE_COLOR: "1", NO_COLOR: "1" })).stderr).not.toContain("\u001b");
  });

  it("is silent when the reader goes away", async () => {
    const child = spawn(process.execPath, [main, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

/** Commands of the tests' own, in the real frame, in a real process. */
function frame(...args: string[]) {
  const at = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);
  const code = `
    const { start } = await import(${at("cli/frame/start.js")});
    const { UserError } = await import(${at("src/errors.js")});
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const runs = {
      async save(args, options, io) {
        console.error("working");
        while (!io.signal.aborted) await wait(5);
        throw new UserError("interrupted", "Saved after 3 epochs. Run the same command to go on.");
      },
      async deaf() { console.error("working"); await wait(20000); },
      async crash() { throw new TypeError("x is not a function"); },
      async full() { throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", path: "out/a" }); },
      async spent() { return { json: { left: 3 }, text: "3 left", exitCode: 3 }; },
      async drive(args, options, io) {
        const run = async function* () { yield { type: "stage", name: "count", total: 2, unit: "steps" }; return "two"; };
        return { json: {}, text: await io.drive(run()) };
      },
    };
    const command = (run) => ({ summary: "", examples: [], define() {}, run });
    const entries = Object.fromEntries(Object.entries(runs).map(([name, run]) =>
      [name, { summary: name, load: async () => ({ command: command(run) }) }]));
    process.exitCode = await start(entries, "0", process.argv.slice(1));
    process.stdout.write("", () => process.exit());`;
  return startNode(["--input-type=module", "--eval", code, "--", ...args]);
}

describe("how commands end", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("the first %s lets the command save, then 130", async (signal) => {
    const process = frame("save");
    await process.says("working");
    process.kill(signal);
    const { code, stderr } = await process.ended;
    expect(stderr).toContain("Stopping. Once more ends at once.");
    expect(stderr).toContain("error: Saved after 3 epochs. Run the same command to go on.");
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(130);
  });

  it("the second signal ends at once with 130", async () => {
    const process = frame("deaf");
    await process.says("working");
    process.kill("SIGINT");
    await process.says("Stopping.");
    process.kill("SIGINT");
    expect((await process.ended).code).toBe(130);
  });

  it("a mistake of ours shows its stack and ends with 1", async () => {
    const { code, stderr, stdout } = await frame("crash", "--json").ended;
    expect(stderr).toMatch(/error: internal: x is not a function\n(.*\n)* {4}at .*\n/);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "internal" } });
    expect(code).toBe(1);
  });

  it("a full disk is one line and ends with 1", async () => {
    const { code, stderr } = await frame("full").ended;
    expect(stderr).toBe(
      "error: out/a: expected room on the disk, got a full one. Free some space and run again.\n",
    );
    expect(code).toBe(1);
  });

  it("a spent budget ends with 3 and its result is still printed", async () => {
    const { code, stdout } = await frame("spent", "--json", "--quiet").ended;
    expect(stdout).toBe('{"schema":1,"left":3}\n');
    expect(code).toBe(3);
  });

  it("events go to stderr as lines, and nowhere with --quiet", async () => {
    const loud = await frame("drive").ended;
    expect(loud.stdout).toBe("two\n");
    expect(loud.stderr).toMatch(/^count: 2 steps\n.* peak memory \d+ MB\n$/);
    expect((await frame("drive", "--quiet").ended).stderr).toBe("");
  });
});
