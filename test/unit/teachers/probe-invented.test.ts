import { describe, expect, test } from "vitest";
import { row } from "../../../src/dataset/index.ts";
import { consistency } from "../../../src/methods/index.ts";
import { openListSignal } from "../../../src/signals/index.ts";
import { forecast } from "../../../src/teachers/index.ts";
import { listFor } from "../../simulated/teacher.ts";
import { again, at, dataset, fine, freshForEveryTest, probeWith, type Behave } from "./probing.ts";
import { freshFolder, potstillAt, probeOptions } from "./shop.ts";

freshForEveryTest();

describe("invented queries", () => {
  const blind = { scales: [], budget: 42, maxLength: 8 } as const; // five histories of 8 items, one of 2
  const shown = async (): Promise<number[][]> => {
    const { histories, user } = await openListSignal(at.folder.path, dataset);
    return Array.from(user, (_, q) => Array.from(row(histories!, q)));
  };

  test.each(["random", "autoregressive"] as const)("%s: every prefix with its list", async (queries) => {
    const manifest = await probeWith(fine, { ...blind, queries });
    expect(manifest.queries).toEqual({ kind: queries, seed: 0, maxLength: 8 });
    expect(manifest.counts).toMatchObject({ paid: at.server!.total(), cached: 0, failed: 0 });
    expect(at.server!.total()).toBeLessThanOrEqual(42);
    const signal = await openListSignal(at.folder.path, dataset);
    expect(signal.user).toHaveLength(42);
    (await shown()).forEach((history, q) => {
      expect(history).toHaveLength(signal.end[q]!);
      const known = history.map(String); // may hold an item twice, and items of the list
      const expected = listFor(known, 5, 50).filter((id) => !known.includes(id));
      expect(Array.from(row(signal.lists, q), String)).toEqual(expected);
    });
    const second = await again(at.server!, { ...blind, queries });
    expect(second.hash).toBe(manifest.hash);
    expect(Math.max(...at.server!.asked.values())).toBe(1);
  });

  test("autoregressive: every next item is one of the list before; random: seldom", async () => {
    const share = async (queries: "random" | "autoregressive") => {
      await probeWith(fine, { ...blind, budget: 200, queries });
      const next = (await shown()).filter(({ length }) => length > 1);
      const listed = next.filter((h) =>
        listFor(h.slice(0, -1).map(String), 5, 50).includes(String(h.at(-1))),
      );
      at.folder.remove();
      at.folder = freshFolder();
      return listed.length / next.length;
    };
    expect(await share("autoregressive")).toBe(1);
    expect(await share("random")).toBeLessThan(0.3);
  });

  test("autoregressive: down midway, it resumes and asks nothing twice; a raised budget goes on", async () => {
    let down = true;
    const run = { ...blind, queries: "autoregressive" } as const;
    await expect(probeWith((n) => (down && n >= 20 ? "error" : "ok"), run)).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(at.server!.answered.size).toBe(20);
    down = false;
    const teacher = await potstillAt(at.server!.url);
    const told = await forecast(probeOptions(dataset, teacher, at.folder.path, run), teacher, at.folder.path);
    const manifest = await again(at.server!, run);
    expect(manifest.counts).toMatchObject({ cached: 20, failed: 0 });
    expect(told).toMatchObject({ cached: 20, queries: 22, left: 0 });
    const histories = (await shown()).map(String);
    expect((await again(at.server!, { ...run, budget: 60 })).counts.paid).toBeGreaterThan(
      manifest.counts.paid,
    );
    expect((await shown()).map(String)).toEqual(expect.arrayContaining(histories));
    expect(Math.max(...at.server!.answered.values())).toBe(1);
  });

  test("autoregressive: interrupted between rounds, it says so and goes on", async () => {
    const stop = new AbortController();
    const run = { ...blind, queries: "autoregressive" } as const;
    const behave: Behave = (n) => {
      if (n === 9) stop.abort();
      return "ok";
    };
    await expect(probeWith(behave, { ...run, signal: stop.signal }, 5)).rejects.toMatchObject({
      code: "interrupted",
    });
    const paid = at.server!.answered.size;
    expect((await again(at.server!, run)).counts).toMatchObject({ cached: paid });
    expect(Math.max(...at.server!.asked.values())).toBe(1);
  });

  test("autoregressive: a history without an answer ends, and goes on when there is one", async () => {
    let bad = true;
    const run = { ...blind, budget: 16, queries: "autoregressive" } as const;
    const first = await probeWith((_, history) => (bad && history.length === 3 ? "refuse" : "ok"), run);
    expect(first.counts).toMatchObject({ failed: 2, paid: 4 });
    expect(Math.max(...(await shown()).map(({ length }) => length))).toBe(2);
    bad = false;
    const second = await again(at.server!, run);
    expect(second.counts).toMatchObject({ failed: 0, paid: 16, cached: 4 });
  });

  test("autoregressive: what another probe has paid leaves less", async () => {
    await probeWith(fine, { budget: 24 });
    const manifest = await again(at.server!, { ...blind, budget: 32, queries: "autoregressive" });
    expect(manifest.counts).toMatchObject({ paid: 32, left: 24 });
    expect((await shown()).length).toBe(8);
  });

  test("autoregressive: the next item is one that is known", async () => {
    await probeWith(() => "unknown-ids", { ...blind, queries: "autoregressive" });
    const next = (await shown()).filter(({ length }) => length > 1);
    for (const h of next)
      expect(listFor(h.slice(0, -1).map(String), 5, 50).slice(1)).toContain(String(h.at(-1)));
  });

  test("want a budget", async () => {
    await expect(probeWith(fine, { ...blind, budget: null, queries: "random" })).rejects.toThrow(
      /--budget: expected a number of answers, for there is no end to random histories/,
    );
  });
});

describe("walks", () => {
  const walking = { rest: "walks", scales: [0.5], budget: 60 } as const;
  const walksOf = async () => {
    const { view, user, histories } = await openListSignal(at.folder.path, dataset);
    const walks: number[][] = [];
    view.forEach((v, q) => {
      if (v === "walk") walks[-1 - user[q]!] = Array.from(row(histories!, q));
    });
    return walks;
  };

  test("spend what owned histories leave; every next item is one of the list before", async () => {
    const manifest = await probeWith(fine, walking);
    expect(manifest.rest).toBe("walks");
    expect(manifest.counts.paid).toBe(at.server!.total());
    const { view, lists, histories } = await openListSignal(at.folder.path, dataset);
    expect(view.filter((v) => v === "full")).toHaveLength(12);
    const walks = await walksOf();
    expect(walks.every(({ length }) => length <= 3)).toBe(true);
    expect(walks.filter(({ length }) => length === 3).length).toBeGreaterThan(8);
    for (const walk of walks.filter(({ length }) => length > 1))
      for (let t = 1; t < walk.length; t++)
        expect(listFor(walk.slice(0, t).map(String), 5, 50)).toContain(String(walk[t]));
    view.forEach((_, q) => {
      const known = Array.from(row(histories!, q), String);
      const expected = listFor(known, 5, 50).filter((id) => !known.includes(id));
      expect(Array.from(row(lists, q), String)).toEqual(expected);
    });
    expect(Math.max(...at.server!.asked.values())).toBe(1);
    expect((await again(at.server!, walking)).hash).toBe(manifest.hash);
    expect(Math.max(...at.server!.asked.values())).toBe(1);
  });

  test.each([6, 40])("down at answer %i, they resume, and a dry run knows what is paid", async (lost) => {
    let down = true;
    await expect(probeWith((n) => (down && n >= lost ? "error" : "ok"), walking)).rejects.toMatchObject({
      code: "unavailable",
    });
    const paid = at.server!.answered.size;
    down = false;
    const teacher = await potstillAt(at.server!.url);
    const told = await forecast(
      probeOptions(dataset, teacher, at.folder.path, walking),
      teacher,
      at.folder.path,
    );
    expect(told.cached).toBeGreaterThanOrEqual(paid);
    expect(told.left).toBe(0);
    const { counts } = await again(at.server!, walking);
    expect(counts.failed).toBe(0);
    expect(counts.paid).toBeLessThanOrEqual(60);
    expect(Math.max(...at.server!.answered.values())).toBe(1);
    const walks = await walksOf();
    await again(at.server!, { ...walking, budget: 75 });
    expect((await walksOf()).slice(0, walks.length - 1)).toEqual(walks.slice(0, -1));
  });

  test("are none where the budget ends before", async () => {
    const { counts } = await probeWith(fine, { ...walking, budget: 10 });
    expect(counts.left).toBeGreaterThan(0);
    expect(await walksOf()).toEqual([]);
  });
});

describe("random-drop views", () => {
  const drop = { views: "drop", scales: [0.25, 0.5] } as const;

  test("are asked as they are and come back with their items; suffixes need none", async () => {
    const manifest = await probeWith(fine, drop);
    expect(manifest.views).toBe("drop");
    expect(manifest.counts).toMatchObject({ paid: at.server!.total(), failed: 0 });
    const signal = await openListSignal(at.folder.path, dataset);
    expect(signal.view.filter((view) => view === "drop")).toHaveLength(24);
    const asked = Array.from(signal.user, (_, q) => row(signal.histories!, q).join());
    expect(new Set(asked)).toEqual(new Set(at.server!.asked.keys()));
    expect((await again(at.server!, drop)).hash).toBe(manifest.hash);
    expect(Math.max(...at.server!.asked.values())).toBe(1);
    expect(await again(at.server!, { scales: drop.scales })).not.toHaveProperty("views");
    expect(await openListSignal(at.folder.path, dataset)).not.toHaveProperty("histories");
  });

  test("give BAHSD its consistency: 1 for a teacher that looks at the newest item alone", async () => {
    await probeWith(fine, drop);
    const signal = await openListSignal(at.folder.path, dataset);
    const c = consistency(signal, { depth: 5, persistence: 0.9 }, dataset.train);
    signal.base.forEach((base, q) => {
      if (base >= 0) expect(c[q]).toBeNaN();
      else expect(c[q]).toBeCloseTo(1, 12);
    });
  });

  test("go with a history that has no answer, and belong to theirs", async () => {
    const full = Array.from(row(dataset.train, 2), String).join();
    await probeWith((_, history) => (history.join() === full ? "refuse" : "ok"), drop);
    const signal = await openListSignal(at.folder.path, dataset);
    expect(signal.user).not.toContain(2);
    signal.base.forEach((base, q) => {
      if (base < 0) return;
      expect(signal.user[base]).toBe(signal.user[q]);
      expect(row(signal.histories!, base).at(-1)).toBe(row(signal.histories!, q).at(-1));
    });
  });
});
