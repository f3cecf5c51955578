import { Html, html } from "./html.ts";
import { accuracy, tiles } from "./accuracy.ts";
import { training } from "./learning.ts";
import { reliability } from "./reliability.ts";
import { probing, provenance, serving } from "./provenance.ts";
import { style } from "./style.ts";
import type { ReportData } from "./types.ts";

/** @returns one HTML page that needs nothing else: no network, no script. The same data gives the same bytes. */
export function renderReport(data: ReportData): string {
  const { name, manifest } = data.subject;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${name} on ${manifest.dataset.name} - potstill</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${name}</h1>
          <p class="lead">${lead(data)}</p>
          ${tiles(data)}${accuracy(data)}${reliability(data)}${training(data)}${probing(data)}${provenance(data)}
          ${serving(data)}
        </main>
      </body>
    </html> `;
  return page.text;
}

function lead({ subject, others }: ReportData): string {
  const { manifest } = subject;
  const method = manifest.training["method"];
  const how = typeof method === "string" ? `, distilled with ${method}` : "";
  const against = others.length === 0 ? "" : ` Compared with ${others.map(({ name }) => name).join(", ")}.`;
  return `A ${manifest.model} recommender on ${manifest.dataset.name}${how}.${against}`;
}
