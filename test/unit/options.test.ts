import { describe, expect, it } from "vitest";
import * as z from "zod";
import { parseOptions } from "../../src/options.ts";

const schema = z.object({
  width: z.int().min(1).default(64),
  loss: z.enum(["bce", "ce"]).default("ce"),
  name: z.string(),
  schedule: z.object({ warmup: z.number() }).optional(),
});

const message = (record: Record<string, unknown>, s: z.ZodObject = schema) => {
  try {
    parseOptions(s, record, "sasrec");
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
};

describe("parseOptions", () => {
  it("fills in defaults", () => {
    expect(parseOptions(schema, { name: "a" }, "sasrec")).toEqual({ width: 64, loss: "ce", name: "a" });
  });

  it("names the nearest key of an unknown one", () => {
    expect(message({ name: "a", widht: 3 })).toBe(
      'sasrec option widht: expected one of width, loss, name, schedule, got "widht". ' +
        "Did you mean width? Leave it out otherwise.",
    );
    expect(message({ name: "a", lr: 3 })).toMatch(/got "lr"\. Leave it out\.$/);
    expect(message({ a: 1 }, z.object({}))).toBe(
      'sasrec option a: expected no options, got "a". Leave it out.',
    );
  });

  it("says what was wanted, what was given and what the default is", () => {
    expect(message({ name: "a", width: 0 })).toBe(
      "sasrec option width: expected a number to be >=1, got 0. Give such a value, or leave it out for the default, 64.",
    );
    expect(message({ name: "a", loss: "mse" })).toBe(
      'sasrec option loss: expected one of "bce"|"ce", got "mse". Give such a value, or leave it out for the default, "ce".',
    );
    expect(message({})).toBe("sasrec option name: expected a string, got nothing. Give such a value.");
  });

  it("points into nested values and keeps long ones short", () => {
    expect(message({ name: "a", schedule: { warmup: "x" } })).toMatch(
      /^sasrec option schedule\.warmup: expected a number/,
    );
    expect(message({ name: "a", width: "x".repeat(500) }).length).toBeLessThan(220);
  });
});
