import { expect, it } from "vitest";
import { none } from "../../../src/methods/index.ts";
import { methodContract } from "../../contracts/method-contract.ts";

methodContract(none);

it("asks the teacher nothing", () => {
  expect(none.loss(undefined as never, 10, {})).toBeNull();
  expect(none.labelWeight({})).toBe(1);
});
