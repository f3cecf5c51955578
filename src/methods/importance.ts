/**
 * What an item's place in a teacher's ranking counts in an ensemble of teachers: the rank importance and the consistency
 * importance of Kang et al., "Consensus Learning from Heterogeneous Objectives for One-Class Collaborative Filtering",
 * WWW 2022, by the authors' code; HetComp (WWW 2023) builds its ensemble on precomputed importances of this kind.
 *
 *   R = exp(-place / 10)            place: 0 for the best item
 *   C = exp(-(spread / 10) / 10)    spread: standard deviation of the item's place over the teacher's last rankings
 *   M = R + C, or R alone
 *
 * @param spread null: without consistency
 */
export function importance(place: number, spread: number | null): number {
  const byRank = Math.exp(-place / scale);
  return spread === null ? byRank : byRank + Math.exp(-spread / 10 / scale);
}

const scale = 10;
