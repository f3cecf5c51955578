import { hash } from "node:crypto";
import type { Bundle, Recommendation } from "../export/index.ts";
import { complain } from "../errors.ts";
import type { Batcher, Query } from "./batcher.ts";
import type { Answer, Ask } from "./contract.ts";
import type { Fallback } from "./fallback.ts";

/** A model that answers, and the queue before it. */
export interface Served {
  readonly bundle: Bundle;
  readonly batcher: Batcher;
}

/** Original ids in, original ids out. @throws UserError "not-found" or "input" where nothing tells whose items to find. */
export async function recommend(
  { bundle, batcher }: Served,
  model: Answer["model"],
  ask: Ask,
  idsOnly: boolean,
): Promise<Answer> {
  const { known, unknown } = lookUp(bundle, ask.history);
  const exclude = new Set([...lookUp(bundle, ask.exclude).known, ...(ask.excludeHistory ? known : [])]);
  const query = whose(bundle, ask, known, exclude);
  const best = await batcher.ask(query, Math.min(ask.k, bundle.items));
  return {
    items: best.filter(({ score }) => Number.isFinite(score)).map((one) => show(bundle, one, idsOnly)),
    model,
    unknown,
  };
}

/** Names the weights: two servers with the same version give the same answers. */
export function version({ manifest }: Bundle, fallback?: Fallback): string {
  const own = manifest.weightsSha256;
  if (fallback === undefined) return own.slice(0, 12);
  return hash("sha256", [own, fallback.bundle.manifest.weightsSha256, fallback.share].join()).slice(0, 12);
}

function lookUp(bundle: Bundle, ids: readonly string[]): { known: number[]; unknown: string[] } {
  const known: number[] = [];
  const unknown = new Set<string>();
  for (const id of ids) {
    const index = bundle.vocabulary.index(id);
    if (index === undefined) unknown.add(id);
    else known.push(index);
  }
  return { known, unknown: [...unknown] };
}

/** A user the model knows is served by its own vector, with the history where a model reads both; anybody else by the history. */
function whose(bundle: Bundle, ask: Ask, history: readonly number[], exclude: ReadonlySet<number>): Query {
  const user = ask.user === undefined ? undefined : bundle.users?.index(ask.user);
  const shown = { history: Int32Array.from(history), exclude };
  if (user !== undefined) return { user, ...shown };
  if (history.length > 0) return shown;
  if (ask.user !== undefined && ask.history.length === 0) {
    throw complain("not-found", {
      where: "body.user",
      expected: "a user the model knows, or a history",
      got: JSON.stringify(ask.user),
      fix: "Send the user's history",
    });
  }
  throw complain("input", {
    where: "body.history",
    expected: "at least one item the model knows",
    got: ask.history.length === 0 ? "no item" : `${ask.history.length} unknown`,
    fix: "Send items of the catalogue, oldest first",
  });
}

function show(bundle: Bundle, { item, score }: Recommendation, idsOnly: boolean): Answer["items"][number] {
  const id = bundle.vocabulary.id(item);
  if (idsOnly) return { id };
  const title = bundle.vocabulary.title(item);
  return title === undefined ? { id, score } : { id, title, score };
}
