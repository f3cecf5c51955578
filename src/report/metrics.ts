/** The metrics the page shows, with intervals. */
export const headlineMetrics: readonly string[] = ["ndcg@10", "hr@10", "recall@10", "mrr"];

/** The one its plots show. */
export const plotted = "ndcg@10";

/** "ndcg@10" -> "NDCG@10", "recall@10" -> "Recall@10" */
export const title = (label: string): string =>
  /^(ndcg|hr|mrr)/.test(label) ? label.toUpperCase() : label.charAt(0).toUpperCase() + label.slice(1);
