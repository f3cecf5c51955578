import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Database, type FormatName, type ReadOptions } from "../../../src/interactions/index.ts";
import { splitHeader } from "../../../src/interactions/tables.ts";
import { scratch } from "../scratch.ts";
import { readRows } from "./rows.ts";

const { path, write } = await scratch();

const rated = [
  ["u1", "a", 5, 978300760],
  ["u1", "b", 3.5, 978302109],
  ["u2", "a", 1, 978301968],
];
const bare = [
  ["1", "7", null, null],
  ["1", "9", null, null],
  ["2", "7", null, null],
];

const goldens: readonly [name: string, format: FormatName, content: string, rows: unknown[]][] = [
  ["ratings.dat", "movielens", "u1::a::5::978300760\nu1::b::3.5::978302109\nu2::a::1::978301968\n", rated],
  ["u.data", "udata", "u1\ta\t5\t978300760\nu1\tb\t3.5\t978302109\nu2\ta\t1\t978301968\n", rated],
  ["plain.txt", "sasrec", "1 7\n1  9 \n2\t7", bare],
  ["windows.txt", "sasrec", "\uFEFF1 7\r\n1 9\r\n2 7\r\n\r\n", bare],
  ["lists.txt", "s3rec", "1 7 9\n2 7\n\n", bare],
  ["users.dat", "user-lists", "0\n2 7 9\n1 7", bare],
  [
    "a.inter",
    "recbole",
    "item_id:token\tuser_id:token\trating:float\ttimestamp:float\na\tu1\t5\t978300760\nb\tu1\t3.5\t9.78302109E8\na\tu2\t1\t978301968\n",
    rated,
  ],
  ["pair.tsv", "tsv", "USER\tITEM\n1\t7\n1\t9\n2\t7\n", bare],
  [
    "a.csv",
    "csv",
    'movieId,"userId",rating,timestamp\n"a",u1,5,2000-12-31T22:12:40Z\nb,u1,3.5,2000-12-31 22:35:09\n\na,"u2",1,2001-01-01T00:32:48+02:00\n',
    rated,
  ],
  [
    "a.jsonl",
    "jsonl",
    '{"user":"u1","item":"a","score":5,"ts":978300760}\n{"user":"u1","item":"b","score":"3.5","ts":978302109}\n{"ts":978301968,"user":"u2","item":"a","score":1}\n',
    rated,
  ],
];

test.each(goldens)(
  "%s is read, plain and gzipped, named and guessed",
  async (name, format, content, rows) => {
    const plain = await write(name, content);
    const packed = await write(`${name}.gz`, gzipSync(content));
    for (const file of [plain, packed]) {
      expect((await readRows({ file, format })).rows).toEqual(rows);
      const guessed = await readRows({ file, format: "auto" });
      expect(guessed).toMatchObject({ rows, reading: { format, rows: 3 } });
    }
  },
);

test("Parquet is read with its own types", async () => {
  const file = path("a.parquet");
  const db = await Database.open(path("."));
  await db.run(
    `COPY (SELECT * FROM (VALUES ('u1', 1, 5.0, TIMESTAMP '2000-12-31 22:12:40'), ('u2', 2, NULL, TIMESTAMP '2001-01-01 00:00:00'))
     t(user_id, item_id, rating, timestamp)) TO '${file}' (FORMAT parquet)`,
  );
  db.close();
  const { rows, reading } = await readRows({ file, format: "auto" });
  expect(rows).toEqual([
    ["u1", "1", 5, 978300760],
    ["u2", "2", null, 978307200],
  ]);
  expect(reading).toMatchObject({ format: "parquet", hasValue: true, hasTime: true });
});

test("named columns win over usual names", async () => {
  const file = await write("odd.csv", "user,who,what,when\nx,1,2,3\n");
  const columns = { user: "who", item: "what", time: "when" };
  expect((await readRows({ file, format: "csv", columns })).rows).toEqual([["1", "2", null, 3]]);
});

test("the checksum is that of the file as given", async () => {
  const file = await write("abc.txt", "1 2\n");
  const { reading } = await readRows({ file, format: "sasrec" });
  expect(reading.sha256).toBe("f251ddc12234e0da8d3b778bd0f7463fb477f16f47757f5617dc8b4ff4d4f14a");
});

const id = fc.stringMatching(/^[\p{L}\p{N}_.-]{1,12}$/u);
const interaction = fc.record({
  user: id,
  item: id,
  value: fc.integer({ min: -50, max: 50 }).map((n) => n / 4),
  time: fc.integer({ min: 0, max: 2 ** 40 }),
});
type Interaction = typeof interaction extends fc.Arbitrary<infer T> ? T : never;

const writers: { readonly [K in FormatName]?: (rows: readonly Interaction[]) => string } = {
  movielens: (rows) => rows.map((r) => `${r.user}::${r.item}::${r.value}::${r.time}\n`).join(""),
  udata: (rows) => rows.map((r) => `${r.user}\t${r.item}\t${r.value}\t${r.time}\n`).join(""),
  csv: (rows) =>
    `user,item,rating,time\n${rows.map((r) => `"${r.user}",${r.item},${r.value},${r.time}\n`).join("")}`,
  tsv: (rows) =>
    `time\titem\tuser\trating\n${rows.map((r) => `${r.time}\t${r.item}\t${r.user}\t${r.value}\n`).join("")}`,
  jsonl: (rows) =>
    rows.map((r) => `${JSON.stringify({ ...r, user_id: r.user, user: undefined })}\n`).join(""),
  recbole: (rows) =>
    `user_id:token\titem_id:token\ttimestamp:float\trating:float\n${rows.map((r) => `${r.user}\t${r.item}\t${r.time}\t${r.value}\n`).join("")}`,
};

test.each(Object.entries(writers))("%s: what is written is what is read", async (format, writer) => {
  await fc.assert(
    fc.asyncProperty(fc.array(interaction, { minLength: 1, maxLength: 20 }), async (rows) => {
      const options: ReadOptions = { file: await write("round", writer(rows)), format: format as FormatName };
      const read = await readRows(options);
      expect(read.rows).toEqual(rows.map((r) => [r.user, r.item, r.value, r.time]));
    }),
    { numRuns: 12 },
  );
});

test("lists: what is written is what is read", async () => {
  const users = fc.array(fc.array(id, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(users, async (lists) => {
      const expected = lists.flatMap((items, user) => items.map((item) => [String(user), item, null, null]));
      const s3 = await write("s3", lists.map((items, user) => `${user} ${items.join(" ")}`).join("\n"));
      const counted = await write(
        "counted",
        lists.map((items) => `${items.length} ${items.join(" ")}`).join("\n"),
      );
      expect((await readRows({ file: s3, format: "s3rec" })).rows).toEqual(expected);
      expect((await readRows({ file: counted, format: "user-lists" })).rows).toEqual(expected);
    }),
    { numRuns: 12 },
  );
});

test("a CSV header survives quoting", () => {
  const cell = fc.stringMatching(/^[a-z ",]*$/);
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (cells) => {
      const line = cells.map((each) => `"${each.replaceAll('"', '""')}"`).join(",");
      expect(splitHeader(line)).toEqual(cells);
    }),
  );
  expect(splitHeader("a,,b,")).toEqual(["a", "", "b", ""]);
});
