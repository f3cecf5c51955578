/** Sizes that no model can have are the user's errors. */
import { expect, it } from "vitest";
import { zeros } from "../../../src/models/initial.ts";
import { dividedBy } from "../../../src/models/tokens.ts";

it("shares a width evenly among heads, or says which numbers would do", () => {
  expect(dividedBy(4, 64, "sasrec")).toBe(64);
  expect(() => dividedBy(3, 64, "sasrec")).toThrow(
    "sasrec option heads: expected a divisor of the width, 64, got 3. Give such a number",
  );
});

it("names a table that no array holds", () => {
  expect(() => zeros([25_000, 1_000_000])).toThrow(
    "a table of 25000 x 1000000 weights: expected fewer than 2,147,483,648 numbers, got 25,000,000,000.",
  );
});
