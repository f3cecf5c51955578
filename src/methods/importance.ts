/**
 * What an item's place in a teacher's ranking counts in an ensemble of teachers: the rank importance and the consistency
 * importance of Kang et al., "Consensus Learning from Heterogeneous Objectives for One-Class Collaborative Filtering",
 * WWW 2022, by the authors' code; HetComp (WWW 2023) builds its ensemble on precomputed importances of this kind.
 *
 *   R = exp(-place / decay)            place: 0 for the best item
 *   C = exp(-(spread / 10) / 10)    spread: standard deviation of the item's place over the teacher's last rankings
 *   M = R + C, or R alone
 *
 * ConCF ranks anew every ten epochs; the rankings here are those of the last validations.
 */
import * as z from "zod";

/** @param spread null: without consistency @param decay in places */
export function importance(place: number, spread: number | null, decay: number): number {
  const byRank = Math.exp(-place / decay);
  return spread === null ? byRank : byRank + Math.exp(-spread / 100);
}

/** 10 in ConCF's code. On validation items of CiteULike an ensemble of six is better at 50, in lists of ten and of fifty. */
export const decayOption = z.number().positive().default(50);
