/** The page's first table from made-up results: who is compared with whom. */
import { expect, it } from "vitest";
import { recipes, type CellResult } from "../../../recipes/index.ts";
import { overview } from "../../../recipes/overview.ts";

/** Two users of the same NDCG@10. */
function result(cell: string, ndcg: number, output: CellResult["output"] = {}): CellResult {
  const ndcg10 = Buffer.from(Float32Array.of(ndcg, ndcg).buffer).toString("base64");
  return {
    schema: 1,
    recipe: "",
    cell,
    commands: [],
    commit: "0123",
    dataset: "d",
    seconds: 1,
    peakMiB: 1,
    output,
    evaluation: { protocol: "", users: 2, metrics: {}, groups: {}, ndcg10, tail: "" },
  };
}
const linesOf = (recipe: string, cells: readonly CellResult[]) =>
  overview([[recipes[recipe]!, new Map(cells.map((cell) => [cell.cell, cell]))]]).slice(8, -1);

it("holds a method against its teacher, the student alone and the best rival that is no variant of it", () => {
  const cells = [
    result("mf/teacher", 0.5),
    result("alone/mf/seed-0", 0.2),
    result("mf-mf/rce-kd/seed-0", 0.375),
    result("mf-mf/rce-kd/seed-1", 0.425),
    result("mf-mf/rce-kd-paper/seed-0", 0.45),
    result("mf-mf/cd/seed-0", 0.1),
    result("mf-mf/hetcomp/seed-0", 0.25), // another recipe's method is a rival here
    result("lightgcn-mf/rrd/seed-0", 0.75),
  ];
  expect(linesOf("rce-kd-citeulike", cells)).toEqual([
    "| `rce-kd-citeulike` | mf-mf | .5000 | .2000 | .4000 (2) | rce-kd-paper .4500 | hetcomp .2500 | +60.0 % |",
  ]);
});

it("takes an ensemble for the teacher, and leaves open what has not run", () => {
  const rows = [
    { teacher: "mf", metrics: { "ndcg@10": 0.125 } },
    { teacher: null, metrics: { "ndcg@10": 0.5 } },
  ];
  const cells = [
    { ...result("ensemble", 0, { rows }), evaluation: null },
    result("mf20/hetcomp/seed-0", 0.25),
  ];
  expect(linesOf("hetcomp-citeulike", cells)).toEqual([
    "| `hetcomp-citeulike` | mf20 | .5000 |  | .2500 |  |  |  |",
  ]);
});

it("shows a table where a variant has run and the method has not", () => {
  const cells = [
    result("sasrec-same/share-10/bahsd-by-length/seed-1", 0.25),
    result("sasrec-same/share-10/repair/seed-1", 0.125),
  ];
  expect(linesOf("bahsd-beauty", cells)).toEqual([
    "| `bahsd-beauty` | sasrec-same/share-10 |  |  |  | bahsd-by-length .2500 | repair .1250 |  |",
  ]);
});

it("finds the student alone beside whatever was asked, and says where a table has a note", () => {
  const cells = [
    result("sasrec/teacher", 0.5),
    result("sasrec-same/share-10/none/seed-1", 0.125),
    result("sasrec-same/share-10-items/bahsd/seed-1", 0.25),
    result("share-10/bahsd/seed-1", 0.25),
  ];
  expect(linesOf("bahsd-beauty", cells.slice(0, 3))).toEqual([
    "| `bahsd-beauty` | sasrec-same/share-10-items | .5000 | .1250 | .2500 |  |  |  |",
  ]);
  expect(linesOf("black-box-ml-1m", cells)[1]).toContain("| share-10, see its note |");
});
