import * as z from "zod";
import { openBundle, type Bundle } from "../../src/export/index.ts";
import { complain } from "../../src/errors.ts";
import { createApp, listen, type ServeOptions } from "../../src/serve/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile, Io } from "../frame/types.ts";

const port = "expected a port from 0 to 65535";
const share = "expected a share above 0 and below 1";
const schema = z.object({
  bundle: z.string(),
  port: z.coerce.number(port).int(port).min(0, port).max(65535, port).default(8080),
  host: z.string().default("127.0.0.1"),
  idsOnly: z.boolean().default(false),
  fallback: z.string().optional(),
  fallbackShare: z.coerce.number(share).gt(0, share).lt(1, share).optional(),
});

export const command: CommandFile = {
  summary: "serve a bundle over HTTP",
  examples: [
    "potstill serve --bundle bundles/student",
    "potstill serve --bundle bundles/teacher --port 8081 --ids-only",
    "potstill serve --bundle bundles/student --host 0.0.0.0 --json",
  ],
  define(command) {
    command
      .requiredOption("--bundle <folder>", "the bundle to serve")
      .option("--port <n>", "port to listen on; 0 takes any free one (default: 8080)")
      .option("--host <address>", "address to listen on (default: 127.0.0.1, this machine only)")
      .option("--ids-only", "answer with item ids alone, as a black box does")
      .option(
        "--fallback <folder>",
        "a bundle that answers some requests, as where a service runs out of time",
      )
      .option("--fallback-share <share>", "how many of them (default: .1)");
  },
  async run(_args, options, io) {
    const given = readOptions(schema, options);
    const { bundle: directory, port, host, idsOnly } = given;
    const bundle = await openBundle(directory);
    const app = createApp(bundle, {
      idsOnly,
      fallback: await openFallback(given),
      onFault: (error) => io.note(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    });
    const url = await listen(app, host, port);
    io.note(
      `Serving ${bundle.manifest.name} at ${url}, documented at ${url}/docs. Ctrl-C stops it.\n${tryIt(url, bundle)}`,
    );
    const { name, model } = bundle.manifest;
    return {
      json: { url, bundle: directory, name, model, idsOnly, pid: process.pid },
      text: "",
      running: closing(app, io),
    };
  },
};

async function openFallback(given: z.output<typeof schema>): Promise<ServeOptions["fallback"]> {
  const { fallback, fallbackShare = 0.1 } = given;
  if (fallback !== undefined) return { bundle: await openBundle(fallback), share: fallbackShare };
  if (given.fallbackShare === undefined) return undefined;
  throw complain("usage", {
    where: "--fallback-share",
    expected: "--fallback, the bundle that answers this share",
    got: "none",
    fix: "Name one, for example what `potstill train --model popularity` made",
  });
}

/** A line to paste: the first items of the vocabulary stand for a history. */
function tryIt(url: string, { vocabulary }: Bundle): string {
  const history = [0, 1].filter((index) => index < vocabulary.size).map((index) => vocabulary.id(index));
  const body = JSON.stringify({ history, k: 5 }).replaceAll("'", "'\\''");
  return `  curl -s ${url}/v1/recommend -H 'content-type: application/json' -d '${body}'`;
}

/** At the first signal: no new requests, those accepted are answered, then it ends. */
async function closing(app: ReturnType<typeof createApp>, { signal }: Io): Promise<void> {
  await new Promise((stop) => {
    if (signal.aborted) stop(null);
    signal.addEventListener("abort", stop, { once: true });
    process.once("disconnect", stop); // started by another process over a channel: ends with it
  });
  await app.close();
}
