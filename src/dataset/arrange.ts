/** The table `interactions` becomes `users`, `items` and `arranged`: coded, filtered, ordered and split, all in SQL. */
import { complain } from "../errors.ts";
import { literal, type Database, type Reading } from "../interactions/index.ts";
import type { FilterRule, Rules, RulesInWords } from "./rules.ts";
import { cuts } from "./split.ts";
import type { SplitRule } from "./types.ts";

/**
 * Makes `users` and `items` (code, id, "index") and `arranged` (user, item, position, part, value, time).
 * Indices follow the ids' numeric order where all are whole numbers, else their first appearance in the file.
 * @returns what was done, in words with counts.
 * @throws UserError "input" where no row is left, a given part has none, or a rule needs a column that is absent.
 */
export async function arrange(db: Database, reading: Reading, rules: Rules): Promise<RulesInWords> {
  refuseMissingColumns(reading, rules);
  const belowValue = await dropLowValues(db, rules.minValue);
  await code(db, "users", '"user"');
  await code(db, "items", "item");
  const duplicates = await dropDuplicates(db, reading.hasTime);
  const filter = await applyFilter(db, rules.filter);
  await refuseEmpty(db, rules);
  await index(db, "users", "user");
  await index(db, "items", "item");
  const order = reading.hasTime ? `time, ${rules.ties === "item" ? "item, row" : "row"}` : "row";
  await putInOrder(db, order);
  await split(db, rules.split, order);
  return {
    filter: belowValue + filter,
    duplicates: `the first of a user's interactions with an item is kept; ${duplicates} dropped`,
    order: reading.hasTime
      ? `by time, ties ${rules.ties === "item" ? "by item index" : "in stored order"}`
      : "as stored in the file",
  };
}

function refuseMissingColumns(reading: Reading, { split, minValue, ties }: Rules): void {
  const needs = [
    ["time", split.kind === "temporal", reading.hasTime, "the temporal split"],
    ["time", ties === "item", reading.hasTime, "--ties item"],
    ["value", minValue !== undefined, reading.hasValue, "--min-value"],
  ] as const;
  for (const [column, needed, present, what] of needs) {
    if (!needed || present) continue;
    throw complain("input", {
      where: what,
      expected: `a ${column} column`,
      got: `none in a file of format ${reading.format}`,
      fix: `Name it with --${column}-column, or choose otherwise`,
    });
  }
}

async function dropLowValues(db: Database, minValue: number | undefined): Promise<string> {
  if (minValue === undefined) return "";
  const below = `coalesce(value < ${minValue}, true)`;
  const dropped = await db.count("interactions", below);
  await db.run(`DELETE FROM interactions WHERE ${below}`);
  return `value at least ${minValue}, ${dropped} rows dropped; `;
}

/** Numbers the ids in their final order; filters may leave gaps. */
async function code(db: Database, table: string, column: string): Promise<void> {
  const whole = String.raw`coalesce(bool_and(regexp_full_match(id, '-?\d{1,18}')), false)`;
  await db.run(
    `CREATE TABLE ids AS SELECT ${column} AS id, min(rowid) AS first FROM interactions GROUP BY ALL`,
  );
  const { numeric } = await db.one<{ numeric: boolean }>(`SELECT ${whole} AS numeric FROM ids`);
  const order = numeric ? "id::BIGINT, id" : "first";
  await db.run(
    `CREATE TABLE ${table} AS SELECT (row_number() OVER (ORDER BY ${order}) - 1)::INTEGER AS code, id FROM ids;
     DROP TABLE ids`,
  );
}

async function dropDuplicates(db: Database, hasTime: boolean): Promise<number> {
  const before = await db.count("interactions");
  await db.run(
    `CREATE TABLE kept AS
     SELECT u.code AS "user", i.code AS item, x.rowid AS row, x.value, x.time, x.part
     FROM interactions x JOIN users u ON x."user" = u.id JOIN items i ON x.item = i.id
     QUALIFY row_number() OVER (PARTITION BY u.code, i.code ORDER BY ${hasTime ? "x.time, " : ""}x.rowid) = 1;
     DROP TABLE interactions`,
  );
  return before - (await db.count("kept"));
}

async function applyFilter(db: Database, rule: FilterRule): Promise<string> {
  if (rule.kind === "none") return "none";
  const before = await db.count("kept");
  let rounds = 0;
  for (let changed = true; changed; rounds++) {
    const start = await db.count("kept");
    await dropRare(db, "item", rule.item);
    await dropRare(db, '"user"', rule.user);
    changed = rule.kind === "kcore" && (await db.count("kept")) < start;
  }
  const dropped = `${before - (await db.count("kept"))} interactions dropped`;
  const least = `users with at least ${rule.user} and items with at least ${rule.item}`;
  return rule.kind === "kcore"
    ? `k-core, ${least}, repeated until nothing changes (${rounds} rounds, ${dropped})`
    : `one pass, items first, ${least} (${dropped})`;
}

async function dropRare(db: Database, column: string, least: number): Promise<void> {
  await db.run(
    `DELETE FROM kept WHERE ${column} IN
     (SELECT ${column} FROM kept GROUP BY ${column} HAVING count(*) < ${least})`,
  );
}

async function refuseEmpty(db: Database, { filter, minValue }: Rules): Promise<void> {
  if ((await db.count("kept")) > 0) return;
  throw complain("input", {
    where: `filter ${filter.kind}${minValue === undefined ? "" : `, value at least ${minValue}`}`,
    expected: "some interactions left",
    got: "none",
    fix: "Lower --min-user, --min-item or --min-value",
  });
}

/** Closes the gaps that filters left. */
async function index(db: Database, table: string, column: string): Promise<void> {
  await db.run(
    `CREATE OR REPLACE TABLE ${table} AS
     SELECT code, id, (row_number() OVER (ORDER BY code) - 1)::INTEGER AS "index"
     FROM ${table} WHERE code IN (SELECT "${column}" FROM kept)`,
  );
}

async function putInOrder(db: Database, order: string): Promise<void> {
  await db.run(
    `CREATE TABLE ordered AS
     SELECT u.index AS "user", i.index AS item, value, time, part AS given, row,
       (row_number() OVER (PARTITION BY "user" ORDER BY ${order}) - 1)::INTEGER AS position
     FROM kept JOIN users u ON kept."user" = u.code JOIN items i ON kept.item = i.code;
     DROP TABLE kept`,
  );
}

/** A part that is given is there to be used. */
async function refuseEmptyPart(db: Database): Promise<void> {
  const names = ["the training file", "--valid", "--test"];
  for (const [part, where] of names.entries()) {
    if ((await db.count("arranged", `part = ${part}`)) > 0) continue;
    throw complain("input", {
      where,
      expected: "interactions that are in no other part",
      got: "none left after duplicates and filters",
      fix: "Check that the files of the split are three, and that no filter takes all of one",
    });
  }
}

/** Ranks each interaction among those its rule cuts together, and compares the rank with the cuts. */
async function split(db: Database, rule: SplitRule, order: string): Promise<void> {
  if (rule.kind === "given") {
    await db.run(
      `CREATE TABLE arranged AS SELECT "user", item, position, value, time, given AS part FROM ordered;
       DROP TABLE ordered`,
    );
    return refuseEmptyPart(db);
  }
  const together = rule.kind === "temporal" ? "" : 'PARTITION BY "user"';
  await db.run(
    `CREATE TABLE ranked AS SELECT *, count(*) OVER (${together})::DOUBLE AS n,
       row_number() OVER (${together} ORDER BY ${rankBy(rule, order)}) - 1 AS rank FROM ordered;
     DROP TABLE ordered`,
  );
  const sizes = await db.rows<{ n: number }>("SELECT DISTINCT n FROM ranked");
  const table = sizes.map(({ n }) => `(${n}, ${cuts(rule, n).train}, ${cuts(rule, n).valid})`).join(", ");
  await db.run(
    `CREATE TABLE arranged AS SELECT "user", item, position, value, time,
       (CASE WHEN rank < c.train THEN 0 WHEN rank < c.valid THEN 1 ELSE 2 END)::UTINYINT AS part
     FROM ranked JOIN (VALUES ${table}) c(n, train, valid) USING (n);
     DROP TABLE ranked`,
  );
}

/** A random order depends on the seed and the original ids alone, not on what else is in the file. */
function rankBy(rule: SplitRule, order: string): string {
  if (rule.kind !== "ratio" || rule.order === "stored") return order;
  const id = (table: string, column: string) =>
    `(SELECT id FROM ${table} WHERE ${table}.index = ordered.${column})`;
  return `md5(concat_ws('/', ${literal(String(rule.seed))}, ${id("users", '"user"')}, ${id("items", "item")}))`;
}
