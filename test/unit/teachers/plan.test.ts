import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromLists, lengthOf, type Sequences } from "../../../src/dataset/index.ts";
import { Random } from "../../../src/random.ts";
import { historyOf } from "../../../src/signals/index.ts";
import { countByView, planQueries, type PlanOptions, type QueryPlan } from "../../../src/teachers/index.ts";

const options = (changes: Partial<PlanOptions> = {}): PlanOptions => ({
  budget: null,
  scales: [0.25, 0.5, 0.75],
  maxLength: 200,
  prefixViews: false,
  random: new Random(1),
  ...changes,
});

/** Rows as text a person can check: user, view, items. */
function show(train: ReturnType<typeof fromLists>, { rows }: QueryPlan): string[] {
  return rows.view.map((view, r) => {
    return `${rows.user[r]!} ${view} ${historyOf(rows, train, r).join()}`;
  });
}

describe("a plan by hand", () => {
  test("asks the full history and its views of 25, 50 and 75 %", () => {
    const train = fromLists([[1, 2, 3, 4, 5, 6, 7, 8]]);
    const plan = planQueries(train, Int32Array.of(0), options());
    expect(show(train, plan)).toEqual([
      "0 full 1,2,3,4,5,6,7,8",
      "0 suffix 7,8",
      "0 suffix 5,6,7,8",
      "0 suffix 3,4,5,6,7,8",
    ]);
    expect([...plan.rows.base]).toEqual([-1, 0, 0, 0]);
    expect([...plan.rows.scale]).toEqual([1, 0.25, 0.5, 0.75]);
    expect(plan.left).toBe(0);
  });

  test("gives a history of one item no views and an empty one no query", () => {
    const train = fromLists([[5], []]);
    expect(show(train, planQueries(train, Int32Array.of(0, 1), options()))).toEqual(["0 full 5"]);
  });

  test("asks coinciding histories once and keeps every row", () => {
    const train = fromLists([
      [1, 2],
      [1, 2],
      [9, 2],
    ]);
    const plan = planQueries(train, Int32Array.of(0, 1, 2), options({ scales: [0.5] }));
    expect(plan.rows.user).toHaveLength(6);
    expect(plan.first).toHaveLength(3); // 1,2 and 9,2 and the common suffix 2
    expect(countByView(plan)).toEqual({
      full: 2,
      suffix: 1,
      drop: 0,
      prefix: 0,
      item: 0,
      walk: 0,
      shuffle: 0,
    });
  });

  test("cuts a history to its most recent items", () => {
    const train = fromLists([[1, 2, 3, 4, 5]]);
    const plan = planQueries(train, Int32Array.of(0), options({ maxLength: 3, scales: [0.5] }));
    expect(show(train, plan)).toEqual(["0 full 3,4,5", "0 suffix 4,5"]);
  });

  test("spends what remains on prefixes that halve the longest stretch", () => {
    const train = fromLists([Array.from({ length: 16 }, (_, i) => i), [20, 21, 22, 23]]);
    const plan = planQueries(train, Int32Array.of(0, 1), options({ budget: 6, scales: [] }));
    const ends = plan.rows.view.flatMap((view, r) =>
      view === "prefix" ? [[plan.rows.user[r], plan.rows.end[r]]] : [],
    );
    // Stretches of 8 and 4 in the long history come before the stretch of 2 in the short one.
    expect(ends.slice(0, 3)).toEqual([
      [0, 8],
      [0, 4],
      [0, 12],
    ]);
    expect(plan.first).toHaveLength(6);
  });

  test("keeps users whole when the budget is below their number", () => {
    const train = fromLists(Array.from({ length: 10 }, (_, u) => [u, 20 + u, 30 + u, 40 + u]));
    const everybody = Int32Array.from({ length: 10 }, (_, u) => u);
    const plan = planQueries(train, everybody, options({ budget: 9 }));
    expect(countByView(plan)).toEqual({
      full: 2,
      suffix: 6,
      drop: 0,
      prefix: 0,
      item: 0,
      walk: 0,
      shuffle: 0,
    });
    expect(plan.left).toBe(32);
    const others = planQueries(train, everybody, options({ budget: 9, random: new Random(2) }));
    expect(others.rows.user).not.toEqual(plan.rows.user);
  });

  test("asks items alone before prefixes where they are wanted, and those that were views for nothing", () => {
    const train = fromLists([[1, 2, 3, 4]]);
    const shown = (budget: number) => {
      const plan = planQueries(train, Int32Array.of(0), options({ scales: [0.25], alone: 6, budget }));
      expect(plan.first).toHaveLength(budget);
      return show(train, plan);
    };
    const all = shown(8); // the history, its view, five more items, a prefix
    expect(all.slice(0, 2)).toEqual(["0 full 1,2,3,4", "0 suffix 4"]);
    expect(all.slice(2, 8).sort()).toEqual([0, 1, 2, 3, 4, 5].map((item) => `-1 item ${item}`));
    expect(all.slice(8)).toEqual(["0 prefix 1,2"]);
    expect(shown(3).slice(0, 2)).toEqual(all.slice(0, 2));
    expect(all).toEqual(expect.arrayContaining(shown(5)));
  });

  test("asks the beginnings of walks in the place of prefixes; what was asked before is not asked again", () => {
    const train = fromLists([[1, 2, 3, 4]]);
    const plan = (budget: number, walks: number[][]) =>
      planQueries(train, Int32Array.of(0), options({ scales: [0.25], walks, budget }));
    expect(plan(9, []).room).toBe(7); // beside the history and its view
    expect(plan(1, []).room).toBe(0);
    const whole = plan(9, [[4, 5, 0], [2]]);
    expect(show(train, whole)).toEqual([
      ...["0 full 1,2,3,4", "0 suffix 4"],
      ...["-1 walk 4", "-1 walk 4,5", "-1 walk 4,5,0", "-2 walk 2"],
    ]);
    expect([...whole.query]).toEqual([0, 1, 1, 2, 3, 4]);
    expect(countByView(whole)).toMatchObject({ full: 1, suffix: 1, walk: 3, prefix: 0 });
    expect(whole.room).toBe(4);
  });

  test("gives prefixes views when asked to", () => {
    const train = fromLists([[1, 2, 3, 4, 5, 6, 7, 8]]);
    const plan = planQueries(
      train,
      Int32Array.of(0),
      options({ budget: 4, scales: [0.5], prefixViews: true }),
    );
    expect(show(train, plan).slice(2)).toEqual(["0 prefix 1,2,3,4", "0 suffix 3,4"]);
    expect(plan.rows.base[3]).toBe(2);
  });
});

const histories = fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 30 }), {
  minLength: 1,
  maxLength: 12,
});
const anyOptions = fc.record({
  budget: fc.option(fc.integer({ min: 1, max: 120 })),
  scales: fc.subarray([0.1, 0.25, 0.5, 0.75, 0.9]),
  maxLength: fc.integer({ min: 1, max: 40 }),
  prefixViews: fc.boolean(),
  views: fc.constantFrom("suffix" as const, "drop" as const),
  alone: fc.constantFrom(undefined, 7),
});

describe("any plan", () => {
  test("spends at most its budget on distinct histories, and its rows are what they say", () => {
    fc.assert(
      fc.property(histories, anyOptions, fc.integer(), (lists, changes, seed) => {
        const train = fromLists(lists);
        const users = Int32Array.from(lists, (_, u) => u);
        const plan = planQueries(train, users, options({ ...changes, random: new Random(seed) }));
        const { rows, query, first } = plan;
        const text = Array.from(query, (_, r) => historyOf(rows, train, r).join());
        expect(first.length).toBeLessThanOrEqual(changes.budget ?? Infinity);
        expect(new Set(text).size).toBe(first.length);
        query.forEach((q, r) => expect(text[first[q]!]).toBe(text[r]));
        query.forEach((_, r) => checkRow(rows, r, train, changes.maxLength));
        if (changes.budget === null) expect(plan.left).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test("is the same for the same seed", () => {
    fc.assert(
      fc.property(histories, anyOptions, fc.integer(), (lists, changes, seed) => {
        const plan = () =>
          planQueries(
            fromLists(lists),
            Int32Array.from(lists, (_, u) => u),
            options({ ...changes, random: new Random(seed) }),
          );
        expect(plan()).toEqual(plan());
      }),
      { numRuns: 50 },
    );
  });

  test("asks everybody's full history where the budget allows, and then spends all of it that can be spent", () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 300 }), (lists, budget) => {
        const train = fromLists(lists);
        const users = Int32Array.from(lists, (_, u) => u);
        const plan = planQueries(train, users, options({ budget }));
        const distinct = new Set(lists.filter((list) => list.length > 0).map((list) => list.join()));
        const fulls = plan.rows.view.filter((view) => view === "full").length;
        if (distinct.size <= budget) expect(fulls).toBe(lists.filter((list) => list.length > 0).length);
        const free = planQueries(train, users, options({ budget: 100_000 }));
        if (plan.left === 0) expect(plan.first.length).toBe(Math.min(budget, free.first.length));
      }),
      { numRuns: 100 },
    );
  });
});

function checkRow(rows: QueryPlan["rows"], r: number, train: Sequences, maxLength: number): void {
  const [start, end, base] = [rows.start[r]!, rows.end[r]!, rows.base[r]!];
  if (rows.view[r] === "item") {
    expect([rows.user[r], start, end, base]).toEqual([-1, 0, 1, -1]);
    expect(historyOf(rows, train, r)).toHaveLength(1);
    return;
  }
  const n = lengthOf(train, rows.user[r]!);
  expect(start).toBeGreaterThanOrEqual(0);
  expect(end - start).toBeGreaterThan(0);
  expect(end - start).toBeLessThanOrEqual(maxLength);
  if (rows.view[r] === "full") expect(end).toBe(n);
  if (rows.view[r] === "prefix") expect(end).toBeLessThan(n);
  if (base === -1) {
    expect(["full", "prefix"]).toContain(rows.view[r]);
    return;
  }
  expect(base).toBeLessThan(r);
  expect(rows.user[base]).toBe(rows.user[r]);
  expect(rows.end[base]).toBe(end);
  const [shown, whole] = [historyOf(rows, train, r), historyOf(rows, train, base)];
  expect(shown.length).toBe(Math.max(1, Math.ceil(rows.scale[r]! * whole.length - 1e-5)));
  if (rows.view[r] === "suffix") {
    expect(start).toBe(end - shown.length);
    return;
  }
  expect(start).toBe(rows.start[base]);
  expect(shown.at(-1)).toBe(whole.at(-1));
  let at = -1; // the items that are kept stand in order
  for (const item of shown) expect((at = whole.indexOf(item, at + 1))).toBeGreaterThanOrEqual(0);
}

describe("random-drop views", () => {
  const train = fromLists([Array.from({ length: 12 }, (_, i) => i)]);
  const shown = (changes: Partial<PlanOptions> = {}) =>
    show(train, planQueries(train, Int32Array.of(0), options({ views: "drop", ...changes })));

  test("keep the newest item and others at random, 25, 50 and 75 % of them", () => {
    const [full, ...views] = shown();
    expect(full).toBe("0 full 0,1,2,3,4,5,6,7,8,9,10,11");
    const kept = views.map((view) => view.replace("0 drop ", "").split(",").map(Number));
    expect(kept.map(({ length }) => length)).toEqual([3, 6, 9]);
    for (const items of kept) expect(items.at(-1)).toBe(11);
    expect(kept.map((items) => items[0])).not.toEqual([9, 6, 3]); // as suffixes would
  });

  test("depend on the seed and nothing else: other scales leave them as they are", () => {
    expect(shown({ scales: [0.5] })[1]).toBe(shown()[2]);
    expect(shown({ random: new Random(2) })).not.toEqual(shown());
  });

  test("reach every older item in time", () => {
    const seen = Array.from(
      { length: 60 },
      (_, seed) => shown({ scales: [0.25], random: new Random(seed) })[1]!,
    );
    expect(new Set(seen.flatMap((view) => view.replace("0 drop ", "").split(","))).size).toBe(12);
  });
});

describe("a pilot", () => {
  const train = fromLists(Array.from({ length: 30 }, (_, u) => [0, 1, 2, 3].map((i) => u * 4 + i)));
  const everybody = Int32Array.from({ length: 30 }, (_, u) => u);
  const pilot = (n: number, changes: Partial<PlanOptions> = {}) =>
    planQueries(train, everybody, options({ pilot: n, ...changes }));

  test("asks so many users, each with all views", () => {
    const { rows, left } = pilot(5);
    expect(new Set(rows.user).size).toBe(5);
    for (const user of new Set(rows.user))
      expect(rows.view.filter((_, r) => rows.user[r] === user)).toEqual([
        "full",
        "suffix",
        "suffix",
        "suffix",
        "shuffle",
      ]);
    expect(left).toBe(0);
  });

  test("is drawn with the seed, and a larger one asks everything a smaller one does", () => {
    const asked = (plan: QueryPlan) => new Set(show(train, plan));
    expect(asked(pilot(5))).toEqual(asked(pilot(5)));
    expect(asked(pilot(5, { random: new Random(2) }))).not.toEqual(asked(pilot(5)));
    expect([...asked(pilot(9))]).toEqual(expect.arrayContaining([...asked(pilot(5))]));
    const whole = asked(planQueries(train, everybody, options()));
    const unshuffled = [...asked(pilot(9))].filter((text) => !text.includes("shuffle"));
    expect([...whole]).toEqual(expect.arrayContaining(unshuffled));
  });

  test("keeps within a budget by users, and spends what is left of it on nothing else", () => {
    const short = pilot(5, { budget: 9 });
    expect(short.first).toHaveLength(9); // two users, one of them shuffled too
    expect(new Set(short.rows.user).size).toBe(2);
    expect(short.left).toBe(16);
    expect(pilot(5, { budget: 1000 }).first).toHaveLength(25);
  });

  test("asks histories of three items or more once more in another order, after all else", () => {
    const some = fromLists([[1, 2, 3, 4], [5, 6], [7, 8, 9], []]);
    const of = (seed: number) => options({ scales: [0.5], pilot: 3, random: new Random(seed) });
    const plan = (seed: number) => planQueries(some, Int32Array.of(0, 1, 2, 3), of(seed));
    for (let seed = 0; seed < 30; seed++) {
      const { rows } = plan(seed);
      const views = rows.view.slice(0, 6);
      expect([views.filter((v) => v === "full").length, views.filter((v) => v === "suffix").length]).toEqual([
        3, 3,
      ]);
      expect(rows.view.slice(6)).toEqual(["shuffle", "shuffle"]);
      for (const r of [6, 7]) {
        const [base, history] = [rows.base[r]!, historyOf(rows, some, r)];
        const whole = historyOf(rows, some, base);
        expect([rows.view[base], rows.user[base]]).toEqual(["full", rows.user[r]]);
        expect(whole.length).toBeGreaterThan(2);
        expect(history).not.toEqual(whole);
        expect(history.toSorted()).toEqual(whole.toSorted());
      }
    }
    expect(countByView(plan(1))).toEqual({
      full: 3,
      suffix: 3,
      drop: 0,
      prefix: 0,
      item: 0,
      walk: 0,
      shuffle: 2,
    });
    expect(plan(1)).toEqual(plan(1));
    const orders = Array.from({ length: 30 }, (_, seed) => show(some, plan(seed)).slice(6));
    expect(new Set(orders.flat()).size).toBeGreaterThan(15); // of 23 and 5
    expect(countByView(planQueries(some, Int32Array.of(0, 2), options({ budget: 50 }))).shuffle).toBe(0);
  });

  test("of more users than there are asks them all", () => {
    expect(new Set(pilot(100).rows.user).size).toBe(30);
  });
});
