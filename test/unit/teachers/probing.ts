import { afterEach, beforeEach } from "vitest";
import { drive, type RunEvent } from "../../../src/events.ts";
import type { ListSignalManifest } from "../../../src/signals/index.ts";
import { probe, type ProbeOptions } from "../../../src/teachers/index.ts";
import { simulatedTeacher, type Behaviour, type SimulatedTeacher } from "../../simulated/teacher.ts";
import { freshFolder, potstillAt, probeOptions, shop } from "./shop.ts";

export type Behave = (n: number, history: readonly string[]) => Behaviour;
export const fine: Behave = () => "ok";
export const dataset = shop(12, 6);

/** What the test that runs has: its own folder, and the server it probed last. */
export const at: { folder: ReturnType<typeof freshFolder>; server: SimulatedTeacher | undefined } = {
  folder: freshFolder(),
  server: undefined,
};
at.folder.remove();

/** To be called by each test file. */
export function freshForEveryTest(): void {
  beforeEach(() => void (at.folder = freshFolder()));
  afterEach(async () => {
    at.folder.remove();
    await at.server?.close();
    at.server = undefined;
  });
}

/** Probes a server that behaves so. */
export async function probeWith(
  behave: Behave,
  changes: Partial<ProbeOptions> = {},
  delayMs = 0,
  listen: (event: RunEvent) => void = () => undefined,
): Promise<ListSignalManifest> {
  await at.server?.close();
  at.server = await simulatedTeacher(50, behave, delayMs);
  return again(at.server, changes, listen);
}

export async function again(
  server: SimulatedTeacher,
  changes: Partial<ProbeOptions> = {},
  listen: (event: RunEvent) => void = () => undefined,
): Promise<ListSignalManifest> {
  const teacher = await potstillAt(server.url);
  try {
    return await drive(probe(probeOptions(dataset, teacher, at.folder.path, changes)), listen);
  } finally {
    await teacher.close();
  }
}
