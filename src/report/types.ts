import * as z from "zod";
import type { Evaluation, GroupName, Intervals } from "../evaluate/index.ts";
import type { RunEvent } from "../events.ts";

const gateClass = z.object({ users: z.number(), head: z.number().nullable() });

/** reliability.json of a bundle: how well probing consistency predicts the teacher's accuracy. Written by a distiller. */
export const reliabilitySchema = z.object({
  schema: z.literal(1),
  /** Queries by reliability, ascending; `low` and `high` bound the teacher's accuracy in the bin. */
  bins: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      queries: z.number().int().nonnegative(),
      teacherNdcg10: z.number().optional(),
      teacherHit10: z.number().optional(),
      low: z.number().optional(),
      high: z.number().optional(),
    }),
  ),
  /** Rank correlation of reliability with history length and with the teacher's NDCG@10. */
  spearman: z.object({ length: z.number(), teacherNdcg10: z.number() }).optional(),
  /** Full histories: all that were answered, those with views, those whose next item is known too. */
  histories: z.object({ answered: z.number(), withViews: z.number(), measured: z.number() }).optional(),
  /** The second with history length held fixed, and its 95 % interval. */
  atFixedLength: z.object({ value: z.number(), low: z.number(), high: z.number() }).optional(),
  /** The teacher's NDCG@10 by thirds of reliability, among histories of about one length. */
  lengths: z
    .array(
      z.object({
        from: z.number(),
        to: z.number(),
        queries: z.number(),
        thirds: z.array(z.number().nullable()),
      }),
    )
    .optional(),
  /** Mean overlap of a user's list with the user's own views, with other users' lists, and with that of the shuffled history. */
  agreement: z
    .object({
      own: z.number(),
      others: z.number(),
      pairs: z.number(),
      shuffled: z.number().nullable().optional(),
    })
    .optional(),
  /** Share of the histories whose lists are probably no answers to them. */
  unanswered: z.number().optional(),
  /** Who is in the two classes of the gate. */
  gate: z.object({ threshold: z.number(), tailUpTo: z.number(), high: gateClass, low: gateClass }).optional(),
  verdict: z
    .object({
      premise: z.enum(["holds", "weak", "fails"]),
      reasons: z.array(z.string()),
      todo: z.string(),
    })
    .optional(),
});
export type Reliability = z.infer<typeof reliabilitySchema>;

/** What the page needs of a bundle's manifest.json. */
export const manifestSchema = z.object({
  schema: z.literal(1),
  name: z.string(),
  model: z.string(),
  options: z.record(z.string(), z.unknown()),
  sizes: z.object({ users: z.number(), items: z.number(), parameters: z.number() }),
  input: z.string(),
  maxLength: z.number(),
  dataset: z.object({ name: z.string(), hash: z.string() }),
  training: z.record(z.string(), z.unknown()),
  parity: z.object({ maxAbsDifference: z.number(), sameTopK: z.boolean(), histories: z.number() }),
  weightsSha256: z.string(),
  created: z.string(),
});
export type ReportedManifest = z.infer<typeof manifestSchema>;

/** Means come with intervals where a metric has values per user. */
export interface Measured {
  readonly evaluation: Omit<Evaluation, "perUser">;
  readonly intervals: Readonly<Record<GroupName | "all", Intervals>>;
}

/** One bundle as its files tell it. */
export interface System {
  /** Short and unique on the page. */
  readonly name: string;
  /** As the user would type it. */
  readonly directory: string;
  readonly manifest: ReportedManifest;
  /** Epochs and validations, in order; empty where no log was kept. */
  readonly events: readonly RunEvent[];
  readonly measured: Measured | null;
  /** Protocols that it was evaluated under. */
  readonly evaluated: readonly string[];
  readonly reliability: Reliability | null;
}

export interface ReportData {
  readonly subject: System;
  /** What it is compared with: the teacher, other students. */
  readonly others: readonly System[];
  /** Whose evaluations are shown; undefined where none was asked for and the subject has none. */
  readonly protocol: string | undefined;
}
