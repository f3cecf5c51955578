/** What the demo makes, trains and asks. Chosen on shops of other seeds than the one it shows. */
import type { Device } from "../../../src/runtime/index.ts";

/** Models this small gain little from a second thread, lose much on a busy machine, and come out the same everywhere. */
export const device: Device = { provider: "cpu", threads: 1 };

export interface DemoSettings {
  readonly shop: { readonly users: number; readonly items: number };
  /** The owner's share of the users. */
  readonly share: number;
  /** Queries that may be paid per owned user. */
  readonly queriesPerUser: number;
  /** Items per list. */
  readonly k: number;
  readonly teacher: Readonly<Record<string, unknown>>;
  /** Of every student: they differ in the method alone. */
  readonly student: Readonly<Record<string, unknown>>;
}

const training = { maxLength: 50, dropout: 0.2, learningRate: 0.004 };

export const standard: DemoSettings = {
  shop: { users: 3000, items: 800 },
  share: 0.1,
  queriesPerUser: 30,
  k: 50,
  teacher: { ...training, width: 64, blocks: 2, batchSize: 64, epochs: 40, validateEvery: 2, patience: 5 },
  student: { ...training, width: 32, blocks: 1, batchSize: 32, epochs: 150, validateEvery: 5, patience: 6 },
};

/** For a quick look and for CI. */
export const small: DemoSettings = {
  ...standard,
  shop: { users: 1200, items: 300 },
  teacher: { ...standard.teacher, width: 48, epochs: 24, validateEvery: 3, patience: 3 },
  student: { ...standard.student, width: 24, epochs: 120, validateEvery: 6, patience: 4 },
};

/** Students by the name of their bundle, in the order of the table. */
export const students = [
  { name: "alone", method: "none", title: "student, no teacher" },
  { name: "uniform", method: "uniform-kl", title: "student, uniform KL" },
  { name: "student", method: "bahsd", title: "student, BAHSD" },
] as const;
