import { fork, type ChildProcess } from "node:child_process";
import { complain } from "../../../src/errors.ts";

/** A bundle behind HTTP in a process of its own: what the demo learns of its teacher goes over the wire. */
export interface BlackBox {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws UserError "unavailable" where the server does not start, in the server's own words. */
export async function serveBlackBox(bundle: string, port: number): Promise<BlackBox> {
  const args = ["serve", "--bundle", bundle, "--port", String(port), "--ids-only", "--json", "--quiet"];
  const child = fork(process.argv[1]!, args, {
    stdio: ["ignore", "pipe", "pipe", "ipc"], // the channel closes with this process, and the server with the channel
    detached: true, // a Ctrl-C is ours to pass on: queries under way are answered first
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { url: await listening(child), stop };
}

/** Settles with the first line that the server prints, which names its URL. */
function listening(child: ChildProcess): Promise<string> {
  const heard = { stdout: "", stderr: "" };
  return new Promise((resolve, reject) => {
    for (const name of ["stdout", "stderr"] as const) {
      child[name]!.setEncoding("utf8").on("data", (text: string) => {
        heard[name] += text;
        const line = /^(\{.*"url".*\})\n/m.exec(heard.stdout);
        if (line !== null) resolve((JSON.parse(line[1]!) as { url: string }).url);
      });
    }
    child.once("close", (code) => reject(refused(code, heard.stderr)));
  });
}

function refused(code: number | null, stderr: string): Error {
  const said = /error: (.*)/.exec(stderr)?.[1];
  return complain("unavailable", {
    where: "the teacher's server",
    expected: "a server on 127.0.0.1",
    got: said === undefined ? `an end with code ${code}` : `"${said}"`,
    fix: "Choose another port with --port, or 0 for any free one",
  });
}
