import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { facts, flatten, isRecord, whole } from "./tables.ts";
import type { ReportData } from "./types.ts";

/** What the teachers were, or what queries to one came to, where the model was made from a signal. */
export function probing({ subject }: ReportData): Html | null {
  const { signals } = subject.manifest.training;
  if (!isRecord(signals)) return null;
  const { teachers, ...rest } = signals;
  return html`<h2>${"counts" in signals ? "Probing and cost" : "Taught by"}</h2>
    ${facts([...(Array.isArray(teachers) ? teachers.map(teacherFact) : []), ...flatten(rest)])}`;
}

/** A teacher of a trajectory. */
function teacherFact(teacher: unknown): [string, string] {
  const { name, source, epochs } = teacher as { name: string; source: string; epochs: readonly number[] };
  return [name, `${source}, states after epochs ${epochs.join(", ")}`];
}

export function provenance({ subject }: ReportData): Html {
  const { manifest, directory } = subject;
  const { signals: _signals, ...how } = manifest.training;
  const { parity } = manifest;
  const identity: [string, string][] = [
    ["name", manifest.name],
    ["folder", directory],
    ["dataset", `${manifest.dataset.name}, ${manifest.dataset.hash}`],
    ["weights sha-256", manifest.weightsSha256],
    ["created", manifest.created],
    [
      "exported graph against training graph",
      `max difference ${parity.maxAbsDifference.toExponential(1)}, ${parity.sameTopK ? "same" : "other"} top items, ` +
        `${whole(parity.histories)} histories`,
    ],
  ];
  return html`<h2>Provenance</h2>
    ${facts(identity)}
    <h3>Training</h3>
    ${facts(flatten(how))}
    <h3>Model options (${manifest.model})</h3>
    ${facts(flatten(manifest.options))}`;
}

export function serving({ subject }: ReportData): Html {
  return html`<h2>Serve it</h2>
    <pre><code>potstill serve --bundle ${subject.directory} --port 8080

curl -s http://127.0.0.1:8080/v1/recommend -H 'content-type: application/json' \\
  -d '{"history": ["ITEM", "ITEM"], "k": 10}'</code></pre>
    <p class="soft">
      Ids are those of the imported data. <code>GET /docs</code> describes the interface,
      <code>/health/ready</code> and <code>/metrics</code> serve operations.
    </p>`;
}
