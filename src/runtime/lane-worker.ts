/** A thread that runs lanes. */
import type { Feed } from "../graph/index.ts";
import type { Lanes, LanePlan, LaneResult, Ort, PartJob } from "./lane.ts";
import type { Answer } from "./thread.ts";

/** The parts of each lane that one thread runs. */
export type LaneJobs = readonly { readonly lane: number; readonly parts: readonly PartJob[] }[];

interface Setting {
  readonly plan: LanePlan;
  /** Inputs every part has, over shared memory: the thread copies them anew for each job. */
  readonly resident: Readonly<Record<string, Feed>>;
}

/** Runs in the thread, as text: uses its arguments only. */
export function openLanes(
  ort: Ort,
  { plan, resident }: Setting,
  LanesClass: typeof Lanes,
): Answer<LaneJobs, readonly LaneResult[]> {
  const copies = Object.entries(resident).map(([name, { data, shape }]) => {
    const own = new Float32Array(data.length);
    return { name, feed: { data: own, shape }, refresh: () => own.set(data as Float32Array) };
  });
  const own = Object.fromEntries(copies.map(({ name, feed }) => [name, feed]));
  const opened = ort.InferenceSession.create(plan.model, plan.options).then(
    (session) => new LanesClass(ort, session, plan, own, true),
  );
  opened.catch(() => undefined); // the first job says it
  return async (jobs) => {
    const lanes = await opened;
    for (const { refresh } of copies) refresh();
    const results: LaneResult[] = [];
    for (const { lane, parts } of jobs) results.push(await lanes.run(lane, parts));
    return results;
  };
}
