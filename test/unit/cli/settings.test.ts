import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSettings } from "../../../cli/frame/options.ts";

describe("--set", () => {
  it("reads JSON where it parses and text elsewhere", () => {
    expect(
      parseSettings(["width=64", "loss=ce", "decay=1e-4", "ids=[1,2]", "on=true", "path=a=b", "empty="]),
    ).toEqual({
      width: 64,
      loss: "ce",
      decay: 1e-4,
      ids: [1, 2],
      on: true,
      path: "a=b",
      empty: "",
    });
  });

  it("takes numbers as they are written by hand, and leaves infinite ones to be refused as typed", () => {
    expect(
      parseSettings(["a=.01", "b=+0.01", "c=01", "d=-1.", "e=1E-4", "f=-.5e+1", "g=1e999", "h=1.2.3", "i=."]),
    ).toEqual({ a: 0.01, b: 0.01, c: 1, d: -1, e: 1e-4, f: -5, g: "1e999", h: "1.2.3", i: "." });
  });

  it.each([
    [["width"], '--set: expected key=value, got "width". Write for example --set width=64.'],
    [["=3"], '--set: expected key=value, got "=3". Write for example --set width=64.'],
    [["a=1", "a=2"], '--set: expected each key once, got "a=2". Keep one of them.'],
  ])("%j is refused", (list, message) => {
    expect(() => parseSettings(list)).toThrow(message);
  });

  it("gives back any JSON value", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-zA-Z.]*$/), fc.jsonValue(), (key, value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseSettings([`${key}=${text}`])[key])).toBe(text);
      }),
    );
  });
});
