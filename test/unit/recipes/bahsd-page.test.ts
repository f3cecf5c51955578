/** The section on BAHSD from made-up results whose differences are known. */
import { expect, it } from "vitest";
import { bahsdBeauty } from "../../../recipes/bahsd.ts";
import { bahsdSection } from "../../../recipes/bahsd-page.ts";
import type { CellResult } from "../../../recipes/index.ts";

const users = 40;
const base64 = (array: Float32Array | Uint8Array) => Buffer.from(array.buffer).toString("base64");
/** The first half are tail users. */
const tail = base64(Uint8Array.of(255, 255, 15, 0, 0));

/** A user's NDCG@10 is `level` in the tail, twice that elsewhere; it wobbles around it, the sum does not. */
function result(cell: string, method: string, level: number, agreement = true, version = "ab12"): CellResult {
  const perUser = Float32Array.from({ length: users }, (_, u) => {
    const wobble = (u % 2 === 0 ? 1 : -1) * level * 0.01 * (1 + (u >> 1));
    return (u < users / 2 ? level : 2 * level) + wobble;
  });
  const ndcg10 = 1.5 * level;
  const groups = Object.fromEntries(
    ["head", "tail", "q1", "q2", "q3", "q4", "q5"].map((name, n) => [name, { "ndcg@10": level + n / 100 }]),
  );
  const signals = { counts: { paid: 15_000 }, teacher: { version } };
  const training = { method, signals, validation: { value: level } };
  return {
    schema: 1,
    recipe: bahsdBeauty.name,
    cell,
    commands: [`potstill distill --method ${method}`],
    commit: "0123",
    dataset: "d",
    seconds: 1,
    peakMiB: 1,
    output: { manifest: { training, weightsSha256: "ab12cd" } },
    evaluation: cell.startsWith("tune/")
      ? null
      : {
          protocol: "sasrec-full",
          users,
          metrics: { "ndcg@10": ndcg10, "hr@10": 0.25 },
          groups,
          ...(agreement && { agreement: { "agr@1": 0.125, "agr@10": 0.25, rbo: 0.5 } }),
          ndcg10: base64(perUser),
          tail,
        },
  };
}

const table = "sasrec-same/share-10";
const results = new Map(
  [
    result("sasrec/teacher", "none", 0.2, false),
    ...[1, 2, 3].flatMap((seed) => [
      result(`${table}/none/seed-${seed}`, "none", 0.05 + seed / 1000),
      result(`${table}/bahsd/seed-${seed}`, "bahsd", 0.1 + seed / 1000),
    ]),
    result(`${table}/list-rd/seed-1`, "list-rd", 0.0501, true, "ef34"),
    result(`${table}/uniform-kl/seed-2`, "uniform-kl", 0.068),
    result(`${table}/bahsd-by-consistency/seed-2`, "bahsd", 0.02),
    result(`${table}-unlabelled/bahsd/seed-1`, "bahsd", 0.04),
    result(`tune/${table}/bahsd/labels-10`, "bahsd", 0.3),
    result(`tune/${table}/bahsd/labels-0.1`, "bahsd", 0.4),
  ].map((each) => [each.cell, each]),
);
const section = bahsdSection(bahsdBeauty, results);
const lines = section.split("\n");
const rowsAfter = (title: string) => lines.slice(lines.indexOf(title));
const cellsOf = (line: string) => line.split("|").map((cell) => cell.trim()).slice(1, -1); // prettier-ignore
const lineOf = (title: string, name: string) => {
  const after = rowsAfter(title);
  const head = cellsOf(after.find((line) => line.startsWith("|  | seeds"))!);
  const cells = cellsOf(after.find((line) => line.startsWith(`| ${name} |`))!);
  return Object.fromEntries(head.map((column, c) => [column, cells[c]]));
};
const main = "### sasrec-same, 10 % of the users owned";

it("shows a method's means over its seeds, of groups of users, and how far it agrees with the teacher", () => {
  expect(lineOf(main, "bahsd")).toMatchObject({
    seeds: "3",
    answers: "15,000",
    "NDCG@10": ".1530 ± .0015",
    "HR@10": ".2500",
    head: ".1020",
    tail: ".1120",
    q5: ".1620",
    "Agr@1": ".125",
    "Agr@10": ".250",
    RBO: ".500",
  });
  expect(lineOf(main, "none").answers).toBe("0");
  expect(lineOf(main, "teacher")).toMatchObject({ "NDCG@10": ".3000", RBO: "", seeds: "" });
});

it("compares with the teacher, with none and with the best that is not BAHSD's, over the seeds both have", () => {
  const best = "against the best other: uniform-kl";
  const line = lineOf(main, "bahsd");
  expect(line["against the teacher"]).toContain("-49.0 % (tail -49.0 %), users p < .001, seeds p < .001");
  expect(line["against none"]).toMatch(/^\+96\.2 % \(tail \+96\.2 %\), users p < \.001, seeds p < \.001$/);
  expect(line[best]).toBe("+50.0 % (tail +50.0 %), users p < .001"); // seed 2 alone: no test over seeds
  expect(lineOf(main, "uniform-kl")[best]).toBe("");
  expect(lineOf(main, "none")["against none"]).toBe("");
  expect(lineOf(main, "list-rd")[best]).toBe(""); // no seed of its own there
});

it("holds label-free students against the one that learned from labels alone", () => {
  const line = lineOf(`${main}, without labels`, "bahsd");
  expect(line["against none"]).toContain("-21.6 %");
});

it("says what answers bring, and what BAHSD's weights make of them", () => {
  const line = rowsAfter("### When is BAHSD worth its probes?").find((each) => each.includes("owned |"))!;
  const [title, answers, none, uniform, ours, ranks, brought, weights, byRank] = cellsOf(line);
  expect([title, answers]).toEqual(["sasrec-same, 10 % of the users owned", "15,000"]);
  expect([none, uniform, ours, ranks, byRank]).toEqual([
    ".0780",
    ".1020",
    ".1530",
    ".0300",
    "-70.6 % (tail -70.6 %), users p < .001",
  ]);
  expect([brought, weights]).toEqual([
    "+30.8 % (tail +30.8 %), users p < .001",
    "+50.0 % (tail +50.0 %), users p < .001",
  ]);
});

it("says which rows have learned from another teacher's lists", () => {
  expect(rowsAfter(main).filter((line) => line.includes("another training"))).toEqual([
    "`list-rd`: The lists are those of another training of the teacher, weights ef34.",
  ]);
});

it("shows what tuning reached, and no table for what has not run", () => {
  expect(section).toContain("| | labels=0.1 | labels=10 |");
  expect(section).toContain(`| ${table}/bahsd | .4000 | .3000 |`);
  expect(section).not.toContain("### bert4rec-same");
});
