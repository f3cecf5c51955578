import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReportData, renderReport } from "../../../src/report/index.ts";
import { writeSampleBundle } from "./sample-bundle.ts";

let home: string;
const at = (name: string) => join(home, name);
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "potstill-report-"));
  await writeSampleBundle(at("student"), 0.12);
  await writeSampleBundle(at("teacher"), 0.15);
});
afterAll(() => rm(home, { recursive: true }));

interface Page {
  querySelectorAll(selector: string): { textContent: string; getAttribute(name: string): string | null }[];
}
const parse = (text: string) => (parseHTML(text) as unknown as { document: Page }).document;
const texts = (page: Page, selector: string) =>
  [...page.querySelectorAll(selector)].map((node) => node.textContent.replace(/\s+/g, " ").trim());

describe("the page", () => {
  it("has every section, six plots with names, and the numbers of both systems", async () => {
    const text = renderReport(await readReportData(at("student"), [at("teacher")]));
    const page = parse(text);
    expect(texts(page, "h1")).toEqual(["student"]);
    expect(texts(page, "h2")).toEqual([
      "Accuracy",
      "Can the teacher's answers be told apart?",
      "Training",
      "Probing and cost",
      "Provenance",
      "Serve it",
    ]);
    const labels = [...page.querySelectorAll("figure svg")].map((svg) => svg.getAttribute("aria-label"));
    expect(labels).toHaveLength(6);
    expect(labels[0]).toBe("NDCG@10 of student, teacher for all, head and tail users");
    expect(texts(page, "tbody th[scope=row]").filter((name) => name === "teacher")).toHaveLength(4);
    expect(texts(page, ".facts tr")).toContain("methodOptions.weights.rank 0.5");
    expect(texts(page, ".facts tr")).toContain("counts.paid 958");
  });

  it("says whether the teacher's answers can be told apart, why, and what to do", async () => {
    const page = parse(renderReport(await readReportData(at("student"), [])));
    expect(texts(page, "p")).toContain("The premise holds. It goes with accuracy by 0.23. Probe with views.");
    const facts = texts(page, ".facts tr");
    expect(facts).toContain("Histories answered 1,000, 980 with views, 960 with a known next item too");
    expect(facts).toContain(
      "Rank correlation with accuracy at a fixed history length 0.230, 95 % interval 0.170 to 0.290",
    );
    expect(facts).toContain("Users above the gate (0.5) 1,000, 31.3 % of them head users");
    expect(facts).toContain("Users below it nobody");
    expect(facts).toContain("Overlap of two random users' lists 0.060, 980 pairs");
    expect(facts).toContain("Overlap of a user's list with that of the shuffled history 0.350");
    const labels = [...page.querySelectorAll("figure svg")].map((svg) => svg.getAttribute("aria-label"));
    expect(labels).toContain("NDCG@10 of the teacher by reliability, at about one history length");
  });

  it("shows the reliability of an older bundle without what it has not", async () => {
    await writeSampleBundle(at("older"), 0.1);
    const [bin] = [{ from: 0, to: 1, queries: 9, teacherNdcg10: 0.1 }];
    await writeFile(join(at("older"), "reliability.json"), JSON.stringify({ schema: 1, bins: [bin] }));
    const page = parse(renderReport(await readReportData(at("older"), [])));
    expect(texts(page, "h2")).toContain("Can the teacher's answers be told apart?");
    expect(texts(page, "strong")).toEqual([]);
    expect(page.querySelectorAll("figure svg")).toHaveLength(5);
  });

  it("says that random users stand in for shuffled histories where these were not asked", async () => {
    await writeSampleBundle(at("unshuffled"), 0.1);
    const path = join(at("unshuffled"), "reliability.json");
    const record = JSON.parse(await readFile(path, "utf8")) as { agreement: object };
    const { agreement } = record;
    for (const shuffled of [null, undefined]) {
      await writeFile(path, JSON.stringify({ ...record, agreement: { ...agreement, shuffled } }));
      const facts = texts(parse(renderReport(await readReportData(at("unshuffled"), []))), ".facts tr");
      expect(facts).toContain(
        "Overlap of two random users' lists 0.060, 980 pairs; it stands in for shuffled histories",
      );
    }
  });

  it("is self-contained, escapes what it shows, and is the same every time", async () => {
    const text = renderReport(await readReportData(at("student"), []));
    expect(text).toContain("long-tailed &lt;shop&gt;");
    expect(text).not.toMatch(/<script|<link|@import|url\(|src=/);
    expect(text.match(/https?:\/\/[^\s"'<]+/g)?.filter((url) => !/w3\.org|127\.0\.0\.1/.test(url))).toEqual(
      [],
    );
    expect(renderReport(await readReportData(at("student"), []))).toBe(text);
  });

  it("says how to evaluate where nothing was evaluated", async () => {
    await writeSampleBundle(at("fresh"), 0.1);
    await rm(join(at("fresh"), "evaluation"), { recursive: true });
    await rm(join(at("fresh"), "events.jsonl"));
    await rm(join(at("fresh"), "reliability.json"));
    const page = parse(renderReport(await readReportData(at("fresh"), [])));
    expect(texts(page, "p")).toContain("This model was not evaluated:");
    expect(texts(page, "h2")).toEqual(["Accuracy", "Probing and cost", "Provenance", "Serve it"]);
    expect(texts(page, "pre")[0]).toBe(`potstill evaluate --bundle ${at("fresh")} --data <folder>`);
  });
});

describe("reading a bundle", () => {
  const changed = async (name: string, change: object) => {
    await writeSampleBundle(at(name), 0.1);
    const file = join(at(name), "manifest.json");
    const manifest = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...manifest, ...change }));
    return at(name);
  };

  it("shows an evaluation of these weights and their data only", async () => {
    const retrained = await changed("retrained", { weightsSha256: "other" });
    expect((await readReportData(retrained, [])).subject.measured).toBeNull();
    const moved = await changed("moved", { dataset: { name: "other", hash: "0ther" } });
    expect((await readReportData(moved, [])).subject.measured).toBeNull();
    expect((await readReportData(at("student"), [], "rcekd-v1")).subject.measured).toBeNull();
  });

  it("refuses a bundle of other data beside the subject", async () => {
    const alien = await changed("alien", { dataset: { name: "another shop", hash: "a11e" } });
    await expect(readReportData(at("student"), [at("teacher"), alien])).rejects.toMatchObject({
      code: "conflict",
      message: `${alien}: expected a bundle made from the data of ${at("student")} (long-tailed <shop>, hash 9d1c5f0be19d), got one made from another shop, hash a11e. Write a page of its own for it.`,
    });
  });

  it("leaves out a last line cut short, and complains of any other", async () => {
    await writeSampleBundle(at("cut"), 0.1);
    const log = join(at("cut"), "events.jsonl");
    await appendFile(log, '{"type":"epo');
    expect((await readReportData(at("cut"), [])).subject.events).toHaveLength(48);
    await appendFile(log, "\n");
    await expect(readReportData(at("cut"), [])).rejects.toThrow(
      /events\.jsonl, line 49: expected an event as JSON, got \{"type":"epo\. Export the bundle again, or copy it again if it was copied\.$/,
    );
  });

  it("complains of a folder that is no bundle and of damaged files", async () => {
    await expect(readReportData(at("nowhere"), [])).rejects.toThrow(
      /nowhere: expected a bundle, a folder with manifest\.json, got no such file\. Give the folder/,
    );
    await writeSampleBundle(at("bad"), 0.1);
    await writeFile(join(at("bad"), "events.jsonl"), "null\n");
    await expect(readReportData(at("bad"), [])).rejects.toThrow(
      /line 1: expected an event as JSON, got null\./,
    );
    await rm(join(at("bad"), "events.jsonl"));
    await writeFile(join(at("bad"), "reliability.json"), '{"schema":1,"bins":[{"from":"low"}]}');
    await expect(readReportData(at("bad"), [])).rejects.toThrow(
      /reliability\.json: expected a reliability table, got /,
    );
  });

  it("tells two bundles of one name apart by their paths", async () => {
    await writeSampleBundle(at("b/student"), 0.1);
    const { subject, others } = await readReportData(at("student"), [at("b/student"), at("teacher")]);
    expect([subject.name, ...others.map(({ name }) => name)]).toEqual([
      at("student"),
      at("b/student"),
      "teacher",
    ]);
  });
});
