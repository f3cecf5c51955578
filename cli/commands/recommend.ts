import Table from "cli-table3";
import * as z from "zod";
import { complain } from "../../src/errors.ts";
import { openBundle, type Bundle, type Recommendation } from "../../src/export/index.ts";
import { readOptions } from "../frame/options.ts";
import type { CommandFile } from "../frame/types.ts";

const count = "expected a whole number from 1 to 1000";
const schema = z.object({
  bundle: z.string(),
  history: z.string().optional(),
  user: z.string().optional(),
  k: z.coerce.number(count).int(count).min(1, count).max(1000, count).default(10),
  exclude: z.string().default(""),
});

export const command: CommandFile = {
  summary: "recommend items for one history or user",
  examples: [
    'potstill recommend --bundle bundles/student --history "10,20,30"',
    "potstill recommend --bundle bundles/teacher --user 42 -k 5 --json",
  ],
  define(command) {
    command
      .requiredOption("--bundle <folder>", "the bundle that recommends")
      .option(
        "--history <ids>",
        "item ids, oldest first, separated by commas; they are not recommended again",
      )
      .option(
        "--user <id>",
        "a user the model knows; a bundle does not hold what they have: give it in --history, too, or in --exclude",
      )
      .option("-k <n>", "how many items (default: 10)")
      .option("--exclude <ids>", "item ids never to return, separated by commas");
  },
  async run(_args, options, io) {
    const { bundle: directory, history, user, k, exclude } = readOptions(schema, options);
    if (history === undefined && user === undefined) throw nobody();
    const bundle = await openBundle(directory);
    const known = lookUp(bundle, history ?? "");
    if (known.unknown.length > 0) io.note(`Not in the bundle, ignored: ${known.unknown.join(", ")}`);
    const query = {
      history: Int32Array.from(known.indices),
      ...(user !== undefined && { user: userIndex(bundle, user) }),
    };
    const barred = lookUp(bundle, exclude);
    if (barred.unknown.length > 0)
      io.note(`--exclude: not in the bundle, ignored: ${barred.unknown.join(", ")}`);
    const excluded = new Set([...known.indices, ...barred.indices]);
    const [best = []] = await bundle.recommend([{ ...query, exclude: excluded }], Math.min(k, bundle.items));
    return {
      json: { items: best.map((one) => named(bundle, one)), unknown: [...known.unknown, ...barred.unknown] },
      text: table(bundle, best),
    };
  },
};

const nobody = () =>
  complain("usage", {
    where: "potstill recommend",
    expected: "--history, --user or both",
    got: "neither",
    fix: 'Write for example --history "10,20,30"',
  });

function lookUp({ vocabulary }: Bundle, list: string): { indices: number[]; unknown: string[] } {
  const ids = list
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  const indices = ids.map((id) => vocabulary.index(id));
  return {
    indices: indices.filter((index) => index !== undefined),
    unknown: ids.filter((_, i) => indices[i] === undefined),
  };
}

function userIndex(bundle: Bundle, user: string): number {
  const index = bundle.users?.index(user);
  if (index !== undefined) return index;
  const expected =
    bundle.users === null ? "no user, because this model knows histories only" : "a user it was trained on";
  throw complain("not-found", {
    where: "--user",
    expected,
    got: JSON.stringify(user),
    fix: "Give --history instead",
  });
}

function named({ vocabulary }: Bundle, { item, score }: Recommendation) {
  const title = vocabulary.title(item);
  return { id: vocabulary.id(item), ...(title === undefined ? {} : { title }), score };
}

function table(bundle: Bundle, best: readonly Recommendation[]): string {
  const titled = best.some(({ item }) => bundle.vocabulary.title(item) !== undefined);
  const view = new Table({
    head: ["#", "item", ...(titled ? ["title"] : []), "score"],
    style: { head: [], border: [] },
  });
  best.forEach((one, i) => {
    const { id, title, score } = named(bundle, one);
    view.push([i + 1, id, ...(titled ? [title ?? ""] : []), score.toFixed(4)]);
  });
  return view.toString();
}
