import { gzipSync } from "node:zlib";
import { mkdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { Database, type ReadOptions } from "../../../src/interactions/index.ts";
import { scratch } from "../scratch.ts";
import { readRows } from "./rows.ts";

const { path, write } = await scratch();

type Case = [name: string, format: ReadOptions["format"], content: string | Uint8Array, message: string];
const zipped = gzipSync("1 2\n1 3\n".repeat(50));

const corpus: Case[] = [
  ["empty.txt", "sasrec", "", "empty.txt: expected rows, got an empty file."],
  ["blank.txt", "sasrec", "\n \n\n", "blank.txt: expected rows, got only blank lines."],
  [
    "three.txt",
    "sasrec",
    "1 2\n1 3 4\n",
    "three.txt, line 2: expected 2 fields separated by spaces (user, item), got 3.",
  ],
  [
    "gap.txt",
    "sasrec",
    "1 2\n\n1 3\n",
    "gap.txt, line 2: expected 2 fields separated by spaces (user, item), got a blank line.",
  ],
  [
    "short.dat",
    "movielens",
    "1::2::3::4\n1::2::3\n",
    'short.dat, line 2: expected 4 fields separated by "::" (user, item, rating, timestamp), got 3.',
  ],
  [
    "word.dat",
    "movielens",
    "1::2::3::4\n1::2::good::4\n",
    'word.dat, line 2: expected a number as value, got "good".',
  ],
  ["nan.dat", "movielens", "1::2::nan::4\n", 'nan.dat, line 1: expected a number as value, got "nan".'],
  [
    "when.dat",
    "movielens",
    "1::2::3::soon\n",
    'when.dat, line 1: expected a time, as a number or an ISO date, got "soon".',
  ],
  [
    "never.dat",
    "movielens",
    "1::2::3::\n",
    "never.dat, line 1: expected a time, as a number or an ISO date, got nothing.",
  ],
  ["nobody.data", "udata", "1\t2\t3\t4\n\t2\t3\t4\n", "nobody.data, line 2: expected a user, got nothing."],
  [
    "nothing.csv",
    "csv",
    "user,item\n1,2\n1,\n",
    "nothing.csv, row 2 under the header: expected an item, got nothing.",
  ],
  [
    "lonely.txt",
    "s3rec",
    "1 2 3\n4\n",
    "lonely.txt, line 2: expected a user and at least one item, got 1 word.",
  ],
  [
    "count.dat",
    "user-lists",
    "2 7 9\n3 7 9\n",
    "count.dat, line 2: expected 3 items, as its count says, got 2.",
  ],
  ["nocount.dat", "user-lists", "x 7\n", 'nocount.dat, line 1: expected a count first, got "x".'],
  [
    "gap.dat",
    "user-lists",
    "1 7\n\n1 8\n",
    "gap.dat, line 2: expected a count and its items, got a blank line.",
  ],
  ["wide.csv", "csv", "user,item\n1,2\n\n1,2,3\n", "wide.csv, line 4: expected 2 columns, got 3."],
  ["open.csv", "csv", 'user,item\n"1,2\n', "open.csv, line 2: expected a closing quote, got none."],
  [
    "names.csv",
    "csv",
    "who,what\n1,2\n",
    "names.csv: expected a column of users, such as user_id, got the columns who, what. Name it with --user-column.",
  ],
  [
    "twice.csv",
    "csv",
    "user,item,item\n1,2,3\n",
    'twice.csv, line 1: expected different column names, got "item" twice. Rename one of them, or add a header line',
  ],
  [
    "rows.csv",
    "csv",
    "7,8,5.0\n7,9,4.0\n",
    "got the columns 7, 8, 5.0. Name it with --user-column, or add a header line: the first line looks like a row.",
  ],
  [
    "semicolons.csv",
    "csv",
    "user_id;item_id;timestamp\n1;2;3\n",
    'semicolons.csv, line 1: expected commas between the columns, got ";". Write the file with commas.',
  ],
  [
    "tabs.csv",
    "csv",
    "user\titem\n1\t2\n",
    "tabs.csv, line 1: expected commas between the columns, got tabs.",
  ],
  ["header.csv", "csv", "user,item\n", "header.csv: expected rows, got a header alone."],
  [
    "latin.csv",
    "csv",
    Buffer.from("user,item\n1,caf\xe9\n", "latin1"),
    "latin.csv, line 2: expected UTF-8 text, got other bytes.",
  ],
  [
    "latin.txt",
    "sasrec",
    Buffer.from("1 2\n1 \xe9\n", "latin1"),
    "latin.txt, line 2: expected UTF-8 text, got other bytes.",
  ],
  [
    "wide.tsv",
    "tsv",
    "user\titem\n1\t2\n1\n",
    "wide.tsv, line 3: expected 2 fields separated by tabs (user, item), got 1.",
  ],
  [
    "bare.inter",
    "recbole",
    "user_id\titem_id\n1\t2\n",
    'bare.inter, line 1: expected a typed header such as user_id:token, got "user_id".',
  ],
  [
    "cut.jsonl",
    "jsonl",
    '{"user":1,"item":2}\n{"user":1,"it\n',
    "cut.jsonl, line 2: expected one JSON object, got something else.",
  ],
  ["array.jsonl", "jsonl", "[1,2]\n", "array.jsonl, line 1: expected one JSON object, got something else."],
  [
    "hole.jsonl",
    "jsonl",
    '{"user":1,"item":2}\n{"user":1}\n',
    "hole.jsonl, line 2: expected an item, got nothing.",
  ],
  [
    "text.parquet",
    "parquet",
    "this is not a Parquet file",
    "text.parquet: expected a complete Parquet file, got one that cannot be read",
  ],
  ["fake.txt.gz", "sasrec", "1 2\n", "fake.txt.gz: expected gzip data, got other bytes"],
  [
    "cut.txt.gz",
    "sasrec",
    zipped.subarray(0, zipped.length - 12),
    "cut.txt.gz: expected complete gzip data, got a truncated file.",
  ],
  ["void.txt.gz", "sasrec", gzipSync(""), "void.txt.gz: expected rows, got an empty file."],
  [
    "riddle.txt",
    "auto",
    "hello there\n",
    "riddle.txt: expected a format that can be told from the name or the first lines, got neither. Name it with --format.",
  ],
];

async function complaint(options: ReadOptions): Promise<string> {
  const error: unknown = await readRows(options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message.replace(path(""), "");
}

test.each(corpus)("%s as %s", async (name, format, content, message) => {
  const file = await write(name, content);
  const got = await complaint({ file, format });
  expect(got.replaceAll(path(""), "")).toContain(message);
  expect(got).toMatch(/\.$/);
});

test("a truncated Parquet file", async () => {
  const db = await Database.open(path("."));
  await db.run(`COPY (SELECT 1 AS user_id, range AS item_id FROM range(1000)) TO '${path("whole.parquet")}'`);
  db.close();
  const bytes = await readFile(path("whole.parquet"));
  const file = await write("half.parquet", bytes.subarray(0, bytes.length / 2));
  expect(await complaint({ file, format: "parquet" })).toContain("expected a complete Parquet file");
});

test("a wrong column name gets the nearest", async () => {
  const file = await write("near.csv", "visitor,item\n1,2\n");
  const got = await complaint({ file, format: "csv", columns: { user: "visiter" } });
  expect(got).toContain('expected a column "visiter", got the columns visitor, item.');
  expect(got).toContain("Write --user-column visitor.");
  expect(await complaint({ file, format: "csv", columns: { user: "nosuch" } })).toContain(
    "Choose one of these.",
  );
});

test("no file, and a folder", async () => {
  expect(await complaint({ file: path("absent"), format: "csv" })).toContain("got nothing of that name");
  await mkdir(path("folder"));
  expect(await complaint({ file: path("folder"), format: "csv" })).toContain("got a folder or device");
});
