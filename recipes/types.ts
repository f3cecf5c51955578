/** A recipe is one table, re-run: cells of commands, each with a committed result file. A recipe is data. */

/** `potstill` with these arguments, run in the recipe's work folder. */
export type Argv = readonly string[];

export type Step =
  | { readonly run: Argv }
  /** Serves a bundle on loopback while the commands run; "{url}" in them is its address. */
  | { readonly serve: Argv; readonly during: readonly Argv[] };

export interface Cell {
  /** "share-10/bahsd/seed-1": also the path of its result file. */
  readonly id: string;
  /** Cells whose artefacts this one uses. */
  readonly needs: readonly string[];
  readonly steps: readonly Step[];
  /** What the steps leave in the work folder; where it is missing, they are run again. */
  readonly leaves: string;
  /** The bundle to evaluate; null for a cell that only prepares. */
  readonly measures: string | null;
  /** The bundle whose lists those of the measured one are held against. */
  readonly teacher?: string;
  /** An estimate for two quiet cores, for --dry-run where nothing of its row has run. */
  readonly minutes: number;
}

/** The dataset a recipe is about. */
export interface Source {
  /** What --from must point at, and its SHA-256. */
  readonly file: string;
  readonly sha256: string;
  /** Files that must lie beside it, by name, and their SHA-256. */
  readonly beside?: Readonly<Record<string, string>>;
  /** "{from}" is the file, "{beside}" its folder. */
  readonly import: Argv;
}

export interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly source: Source;
  readonly protocol: string;
  /** A protocol whose targets are training items: its means are kept beside those of {@link protocol}. */
  readonly learnt?: string;
  /** What a reader must know of a table, by its name on the results page; printed under its heading. */
  readonly notes?: Readonly<Record<string, string>>;
  cells(seeds: number): readonly Cell[];
}

/** One result file. */
export interface CellResult {
  readonly schema: 1;
  readonly recipe: string;
  readonly cell: string;
  readonly commands: readonly string[];
  readonly commit: string;
  readonly dataset: string;
  readonly seconds: number;
  readonly peakMiB: number;
  /** What the last training or probing command printed with --json. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly evaluation: MeasuredCell | null;
}

/** How far two recommenders give the same lists: means over users. */
export interface Agreement {
  /** Share of the first item, of the first ten, that both have. */
  readonly "agr@1": number;
  readonly "agr@10": number;
  /** Rank-biased overlap, persistence .9, to depth 20. */
  readonly rbo: number;
}

export interface MeasuredCell {
  readonly protocol: string;
  readonly users: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly groups: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of training items, where the recipe asks for it. */
  readonly learnt?: Readonly<Record<string, number>>;
  /** With the lists of the cell's teacher, where it has one. */
  readonly agreement?: Agreement;
  /** NDCG@10 per user in the order of user indices, float32 little-endian, base64: for paired tests. */
  readonly ndcg10: string;
  /** Tail users, one bit each, in the same order, base64. */
  readonly tail: string;
}
