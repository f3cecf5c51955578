/** The other side: a Python process per work and thread count, which runs once per line it is sent. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../bench/peers/main.py", import.meta.url)); // from dist/bench

export class Peer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  /** What runs there, and on how many threads. */
  readonly name: string;

  private constructor(process: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, name: string) {
    this.#process = process;
    this.#lines = lines;
    this.name = name;
  }

  /** @returns the peer, or why there is none. */
  static async start(
    work: string,
    threads: number,
    options: Readonly<Record<string, unknown>>,
  ): Promise<Peer | string> {
    const child = spawn("python3", [script, work, String(threads), JSON.stringify(options)]);
    let complaint = "";
    child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
    child.stdin.on("error", () => undefined); // a dead peer is noticed by its missing answer
    const failed = new Promise<null>((resolve) => child.once("error", () => resolve(null)));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    if (first === null) return "python3 is not installed";
    if (first.done === true) return complaint.trim().split("\n").at(-1) ?? "python3 stopped";
    const { torch } = JSON.parse(first.value) as { torch: string };
    return new Peer(child, lines, `PyTorch ${torch}, ${threads} ${threads === 1 ? "thread" : "threads"}`);
  }

  /** @returns the milliseconds of one run. */
  async run(): Promise<number> {
    this.#process.stdin.write("run\n");
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`The peer stopped: see python3 ${script}`);
    return (JSON.parse(line.value) as { ms: number }).ms;
  }

  stop(): void {
    this.#process.stdin.end();
  }
}
