import type { Database } from "./database.ts";
import type { Source } from "./source.ts";

/** Column names as the file has them; what is left out is looked for under its usual names. */
export interface Columns {
  readonly user?: string;
  readonly item?: string;
  readonly value?: string;
  readonly time?: string;
}

/** What a format left in the table `raw`. */
export interface Loaded {
  readonly hasValue: boolean;
  readonly hasTime: boolean;
  /** Names a row of `raw` (from 0) as its owner would: "line 7". */
  readonly place: (row: number) => string;
}

/** One way people store interactions. */
export interface Format {
  /** Shown in the help: what a line looks like. */
  readonly looks: string;
  /**
   * Makes the table `raw`: "user", item, value and time as VARCHAR, in stored order.
   * @throws UserError "input" that names the first bad line.
   */
  load(db: Database, source: Source, columns: Columns): Promise<Loaded>;
}
