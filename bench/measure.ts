/** Runs one benchmark: ours, the peer's and the machine's peak in turn, so that noise hits all of them alike. */
import { availableParallelism } from "node:os";
import { timesOf, type Bench, type Times } from "./bench.ts";
import { peakProduct, type PeakProduct } from "./peak.ts";
import { Peer } from "./peer.ts";

export interface PeerResult {
  readonly name: string;
  readonly ms: Times;
}

export interface Result {
  readonly bench: Bench;
  readonly ms: Times;
  /** GFLOP/s of a large matrix product in the same minutes. */
  readonly peak: number;
  readonly note: string | null;
  /** Every thread count that was tried, the fastest first; or the work beside. */
  readonly peers: readonly PeerResult[];
  /** Why there is no peer. */
  readonly missing: string | null;
}

export async function measure(bench: Bench, withPeer: boolean): Promise<Result> {
  const subject = await bench.open();
  const peak = await peakProduct();
  const { peers, missing } = withPeer ? await peersOf(bench, subject.peer) : { peers: [], missing: null };
  try {
    const others = subject.beside === undefined ? peers : [subject.beside];
    const sides: { run(): Promise<number> }[] = [subject, peak, ...others];
    for (const side of sides) for (let i = 0; i < bench.warmup; i++) await side.run();
    const taken = sides.map((): number[] => []);
    for (let i = 0; i < bench.repeats; i++)
      for (const [s, side] of sides.entries()) taken[s]!.push(await side.run());
    const [ms, product, ...theirs] = taken.map(timesOf) as [Times, Times, ...Times[]];
    return {
      bench,
      ms,
      peak: rate(peak, product),
      note: subject.note ?? null,
      peers: others
        .map(({ name }, i) => ({ name, ms: theirs[i]! }))
        .sort((a, b) => a.ms.median - b.ms.median),
      missing,
    };
  } finally {
    for (const peer of peers) peer.stop();
  }
}

const rate = ({ flops }: PeakProduct, { median }: Times) => flops / median / 1e6;

async function peersOf(
  { peer }: Bench,
  options: Readonly<Record<string, unknown>>,
): Promise<{ peers: Peer[]; missing: string | null }> {
  if (peer === null) return { peers: [], missing: null };
  const peers: Peer[] = [];
  for (const threads of new Set([1, availableParallelism()])) {
    const started = await Peer.start(peer, threads, options);
    if (typeof started === "string") return { peers, missing: started };
    peers.push(started);
  }
  return { peers, missing: null };
}
