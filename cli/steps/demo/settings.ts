/** What the demo makes, trains and asks. Chosen on shops of other seeds than the one it shows. */

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

const training = { maxLength: 50, dropout: 0.2, learningRate: 0.002, patience: 5 };

export const standard: DemoSettings = {
  shop: { users: 3000, items: 800 },
  share: 0.1,
  queriesPerUser: 30,
  k: 100,
  teacher: { ...training, width: 64, batchSize: 64, epochs: 60, validateEvery: 2 },
  student: { ...training, width: 32, batchSize: 32, epochs: 200, validateEvery: 5 },
};

/** For a quick look and for CI. */
export const small: DemoSettings = {
  ...standard,
  shop: { users: 1200, items: 300 },
  share: 0.15,
};

/** Students by the name of their bundle, in the order of the table. */
export const students = [
  { name: "alone", method: "none", title: "student, no teacher" },
  { name: "uniform", method: "uniform-kl", title: "student, uniform KL" },
  { name: "student", method: "bahsd", title: "student, BAHSD" },
] as const;
