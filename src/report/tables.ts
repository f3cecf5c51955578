import { html } from "./html.ts";
import type { Content, Html } from "./html.ts";

export const whole = (value: number): string => value.toLocaleString("en-US");
export const four = (value: number): string => value.toFixed(4);

/** A table that scrolls on its own where the page is narrow. */
export function scroll(head: Html, rows: Content): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        ${head}
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Names and values, one a line. */
export function facts(entries: readonly (readonly [string, string])[]): Html {
  const rows = entries.map(
    ([name, value]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${value}</td>
      </tr>`,
  );
  return html`<table class="facts">
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** {a: 1, b: {c: [2, 3]}} -> a: 1, b.c: 2, 3 */
export function flatten(record: Record<string, unknown>, prefix = ""): [string, string][] {
  return Object.entries(record).flatMap(([key, value]) =>
    isRecord(value) ? flatten(value, `${prefix}${key}.`) : [[prefix + key, plain(value)] as [string, string]],
  );
}

function plain(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? whole(value) : String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
