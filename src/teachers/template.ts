import { complain } from "../errors.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** By placeholder; made when one is met. */
type Values = Readonly<Record<string, () => Json>>;

/**
 * Fills a request template. A text that is exactly one placeholder becomes its value, of its type; placeholders inside
 * a longer text become text. {"$each": "history", "$as": T} becomes a list of T, one per item of the history.
 *
 * Everywhere: {{history}} {{historyNumbers}} {{k}} {{length}}; inside $as also {{item}} {{itemNumber}} {{position}}
 * {{time}} (ISO, one second per item, so that the order survives services that sort by time).
 */
export function fillTemplate(template: Json, history: readonly string[], k: number): Json {
  const values = {
    history: () => [...history],
    historyNumbers: () => history.map(numberOf),
    k: () => k,
    length: () => history.length,
  };
  return fill(template, values, history);
}

/** As {@link fillTemplate} for a URL path: values are URL-encoded. */
export function fillPath(path: string, history: readonly string[], k: number): string {
  const values = { history: () => history.join(","), k: () => k, length: () => history.length };
  return path.replace(placeholders, (_, name: string) => encodeURIComponent(asText(valueOf(values, name))));
}

const placeholders = /\{\{\s*(\w+)\s*\}\}/g;
const whole = /^\{\{\s*(\w+)\s*\}\}$/;

function fill(template: Json, values: Values, history: readonly string[]): Json {
  if (typeof template === "string") return fillText(template, values);
  if (Array.isArray(template)) return template.map((entry) => fill(entry, values, history));
  if (typeof template !== "object" || template === null) return template;
  const { $each, $as } = template;
  if ($each === "history" && $as !== undefined) {
    return history.map((item, position) =>
      fill($as, { ...values, ...valuesOfItem(item, position) }, history),
    );
  }
  return Object.fromEntries(
    Object.entries(template).map(([key, entry]) => [key, fill(entry, values, history)]),
  );
}

/** @throws UserError "input" for an id that is no number: it would be sent as null. */
function numberOf(item: string): number {
  const number = Number(item);
  if (item.trim() !== "" && Number.isFinite(number)) return number;
  throw complain("input", {
    where: "placeholders {{historyNumbers}} and {{itemNumber}}",
    expected: "items whose ids are numbers",
    got: JSON.stringify(item),
    fix: "Send ids as text, with {{history}} or {{item}}",
  });
}

function valuesOfItem(item: string, position: number): Values {
  return {
    item: () => item,
    itemNumber: () => numberOf(item),
    position: () => position,
    time: () => new Date(position * 1000).toISOString(),
  };
}

function fillText(text: string, values: Values): Json {
  const only = whole.exec(text);
  if (only !== null) return valueOf(values, only[1]!);
  return text.replace(placeholders, (_, name: string) => asText(valueOf(values, name)));
}

function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function valueOf(values: Values, name: string): Json {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value();
  throw complain("input", {
    where: `placeholder {{${name}}}`,
    expected: `one of ${Object.keys(values).join(", ")}`,
    got: name,
    fix: "Correct the template",
  });
}
