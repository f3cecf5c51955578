import { expect, it } from "vitest";
import { fromLists, row, rows, type Sequences } from "../../../src/dataset/index.ts";
import { itemsOfUsers, usersOfItems } from "../../../src/train/met.ts";

const train = fromLists([[3, 1, 3], [2], [0, 1, 2, 1, 0], []]); // prettier-ignore
const listsOf = (matrix: Sequences) =>
  Array.from({ length: rows(matrix) }, (_, r) => Array.from(row(matrix, r)));

it("users have the distinct among their newest items; those who are not the owner's have none", () => {
  expect(listsOf(itemsOfUsers(train, Int32Array.of(0, 2, 3), 10))).toEqual([[3, 1], [], [0, 1, 2], []]);
  expect(listsOf(itemsOfUsers(train, Int32Array.of(2), 3))).toEqual([[], [], [2, 1, 0], []]);
});

it("items have the owner's users who met them, each once", () => {
  expect(listsOf(usersOfItems(train, Int32Array.of(0, 2), 5))).toEqual([[2], [0, 2], [2], [0], []]);
});
