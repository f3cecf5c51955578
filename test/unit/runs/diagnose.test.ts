/** Teachers whose premise is known to hold or to fail. */
import { describe, expect, it } from "vitest";
import { fromLists, row } from "../../../src/dataset/index.ts";
import { Random } from "../../../src/random.ts";
import { diagnose, type ReliabilityRecord } from "../../../src/runs/index.ts";
import type { ListSignal } from "../../../src/signals/index.ts";
import { reliabilitySchema } from "../../../src/report/index.ts";
import { balanced, premiseWorld, type Person } from "../../contracts/premise-world.ts";

function diagnosed(people: readonly Person[], sameLists = false, k = 20): ReliabilityRecord {
  const { dataset, rows } = premiseWorld(people, sameLists);
  const signal = { ...rows, directory: "signals/made", manifest: { k } } as ListSignal;
  return diagnose(signal, dataset, new Random(1));
}

/** With answers to every full history in random order. */
function diagnosedShuffled(
  listOf: (own: Int32Array) => ArrayLike<number>,
  most = Infinity,
): ReliabilityRecord {
  const { dataset, rows } = premiseWorld(balanced(4, (level) => level));
  const base = Int32Array.from(rows.view.keys())
    .filter((q) => rows.view[q] === "full")
    .slice(0, most);
  const shuffled = { base, lists: fromLists(Array.from(base, (q) => listOf(row(rows.lists, q)))) };
  const signal = { ...rows, directory: "signals/made", manifest: { k: 20 }, shuffled } as ListSignal;
  return diagnose(signal, dataset, new Random(1));
}

const said = ({ verdict }: ReliabilityRecord): string => verdict.reasons.join(" ");
const repeated = (n: number, person: (u: number) => Person) => Array.from({ length: n }, (_, u) => person(u));

describe("a teacher that is right where it is consistent", () => {
  const record = diagnosed(balanced(4, (level) => level));

  it("holds, by the numbers it was made with", () => {
    expect(record.verdict.premise).toBe("holds");
    expect(record.verdict.todo).toContain("--method bahsd");
    record.bins.forEach(({ queries, teacherNdcg10, teacherHit10 }, level) => {
      expect(queries).toBe(60);
      expect(teacherNdcg10).toBeCloseTo(level / 5, 12);
      expect(teacherHit10).toBeCloseTo(level / 5, 12);
    });
    expect(said(record)).toContain(
      "is 0.0000 in the least consistent fifth of the histories and 0.8000 in the most.",
    );
  });

  it("takes nothing off the correlation where length goes with neither", () => {
    expect(record.spearman!.length).toBeCloseTo(0, 12);
    expect(record.atFixedLength!.value).toBeCloseTo(record.spearman!.teacherNdcg10, 12);
    expect(record.atFixedLength!.value).toBeGreaterThan(0.5);
    expect(record.atFixedLength!.low).toBeGreaterThan(0.4);
    expect(record.atFixedLength!.high).toBeLessThan(0.7);
  });

  it("rises within every class of one length", () => {
    expect(record.lengths.map(({ from, to, queries }) => [from, to, queries])).toEqual([
      [4, 4, 100],
      [6, 6, 100],
      [8, 8, 100],
    ]);
    for (const { thirds } of record.lengths) {
      expect(thirds[0]).toBeLessThan(thirds[1]!);
      expect(thirds[1]).toBeLessThan(thirds[2]!);
    }
  });

  it("has lists of its own for every user", () => {
    expect(record.agreement.pairs).toBe(300);
    expect(record.agreement.others).toBeLessThan(0.1 * record.agreement.own);
  });

  it("says how many lists are no answers: those that everybody gets, and those that have nothing of their views", () => {
    expect(record.unanswered).toBeLessThan(0.25); // the lowest of five levels has nothing of its views
    expect(said(record)).toContain("of the lists are probably no answers");
    const people = balanced(4, (level) => level).map((one) => {
      return one.level < 2 ? { ...one, level: 0, fallen: true } : one;
    });
    const falls = diagnosed(people);
    expect(falls.unanswered).toBeGreaterThan(0.3); // the lowest two of five levels
    expect(falls.unanswered).toBeLessThan(0.45);
    expect(said(falls)).toMatch(/[34]\d % of the lists are probably no answers/);
  });

  it("is what a report reads, and the same for the same seed", () => {
    expect(reliabilitySchema.strict().parse(record)).toEqual(record);
    expect(diagnosed(balanced(4, (level) => level))).toEqual(record);
  });
});

describe("shuffled histories", () => {
  it("that change the lists leave a premise that holds, and the number is said", () => {
    const record = diagnosedShuffled((own) => [...own.subarray(0, 2), 4000]);
    expect(record.agreement.shuffled).toBeGreaterThan(0.2);
    expect(record.agreement.shuffled).toBeLessThan(record.agreement.own);
    expect(record.verdict.premise).toBe("holds");
    expect(said(record)).toMatch(/of a user's history and of the same history shuffled agree by 0\.\d\d\.$/);
  });

  it("that change nothing are a doubt: it is not about order", () => {
    const record = diagnosedShuffled((own) => own);
    expect(record.agreement.shuffled).toBeCloseTo(1, 12);
    expect(record.verdict.premise).toBe("weak");
    expect(said(record)).toContain("about which items are there, not about their order");
    expect(reliabilitySchema.strict().parse(record)).toEqual(record);
  });

  it("that were not asked, or hardly, are no number", () => {
    expect(diagnosedShuffled((own) => own, 9).agreement.shuffled).toBeNull();
    const record = diagnosed(balanced(4, (level) => level));
    expect(record.agreement.shuffled).toBeNull();
    expect(said(record)).not.toContain("shuffled");
  });
});

describe("a premise that fails", () => {
  it("where consistency says nothing", () => {
    const record = diagnosed(balanced(40, () => 2));
    expect(record.verdict.premise).toBe("fails");
    expect(record.verdict.todo).toContain("--views none");
    expect(record.atFixedLength!.value).toBeCloseTo(0, 12);
    for (const { teacherNdcg10 } of record.bins) expect(teacherNdcg10).toBeCloseTo(0.4, 12);
  });

  it("where the consistent answers are the wrong ones", () => {
    const record = diagnosed(balanced(4, (level) => 5 - level));
    expect(record.verdict.premise).toBe("fails");
    expect(record.atFixedLength!.high).toBeLessThan(0);
  });

  it("where long histories are both consistent and easy, and nothing more", () => {
    const people = repeated(3600, (u) => {
      const long = u % 3;
      return {
        length: 4 + 2 * long,
        level: long + (Math.floor(u / 3) % 3),
        hit: Math.floor(u / 9) % 4 <= long,
      };
    });
    const record = diagnosed(people);
    expect(record.spearman!.teacherNdcg10).toBeGreaterThan(0.2);
    expect(Math.abs(record.atFixedLength!.value)).toBeLessThan(0.02);
    expect(record.verdict.premise).toBe("fails");
  });

  it("where everybody is told nearly the same, however right that is", () => {
    const record = diagnosed(
      balanced(4, (level) => level),
      true,
    );
    expect(record.agreement.others).toBeCloseTo(1, 12);
    expect(record.verdict.premise).toBe("fails");
    expect(said(record)).toContain("it hardly looks at its input");
  });

  it("where all lists are identical: nothing can be told apart, and one class of the gate is empty", () => {
    const record = diagnosed(
      repeated(20, (u) => ({ length: 4, level: 5, hit: u % 2 === 0 })),
      true,
    );
    expect(record.verdict.premise).toBe("fails");
    expect(said(record)).toBe("All 20 answers are equally consistent (1.00): none can be told from another.");
    expect(record.atFixedLength).toBeUndefined();
    expect(record.spearman).toBeUndefined();
    expect(record.gate.high.users).toBe(20);
    expect(record.gate.low).toEqual({ users: 0, head: null });
  });
});

describe("a premise that cannot be told", () => {
  it("for want of users: the number that would do is named", () => {
    const record = diagnosed(balanced(1, (level) => 2 + Number(level > 2)));
    expect(record.verdict.premise).toBe("weak");
    expect(said(record)).toContain("Its interval includes 0.");
    const { low, high } = record.atFixedLength!;
    const needed = Number(/about (\d+)/.exec(record.verdict.todo)![1]);
    expect(needed).toBeGreaterThanOrEqual(75 * ((high - low) / 0.1) ** 2);
    expect(needed).toBeLessThan(75 * ((high - low) / 0.1) ** 2 + 100);
  });

  it("for a teacher that is never right", () => {
    const record = diagnosed(balanced(1, () => 0));
    expect(record.verdict.premise).toBe("weak");
    expect(said(record)).toContain("for none of 75 users");
  });

  it("is small where it is there and not worth much", () => {
    const record = diagnosed(balanced(60, (level) => 2 + Number(level === 3)));
    expect(record.atFixedLength!.low).toBeGreaterThan(0);
    expect(record.atFixedLength!.value).toBeLessThan(0.1);
    expect(record.verdict.premise).toBe("weak");
    expect(said(record)).toContain("That is below 0.1: real, but small.");
    expect(record.verdict.todo).toContain("keep the one that is better on validation");
  });
});

describe("users a diagnosis cannot use", () => {
  const good = repeated(10, (u): Person => ({ length: u < 2 ? 9 : 2, level: u < 5 ? 5 : 0, hit: u < 5 }));

  it("have one item: counted, unmeasured, and below the gate", () => {
    const one = repeated(5, (): Person => ({ length: 1, level: 5, hit: true }));
    const record = diagnosed([...good, ...one]);
    expect(record.histories).toEqual({ answered: 15, withViews: 10, measured: 10 });
    expect(record.gate.high.users).toBe(5);
    expect(record.gate.low.users).toBe(10);
  });

  it("head users are counted by the rule of the evaluation", () => {
    const { gate } = diagnosed(good); // lengths 2 x 8 and 9 x 2: the 0.8 quantile is 3.4
    expect(gate.tailUpTo).toBeCloseTo(3.4, 12);
    expect(gate.high).toEqual({ users: 5, head: 0.4 });
    expect(gate.low).toEqual({ users: 5, head: 0 });
  });

  it("too few of the others is an error that says what to do", () => {
    expect(() => diagnosed(good.slice(1))).toThrow(
      /^signals\/made: expected at least 10 users .*, got 9 of 9 users, 9 with views\. Probe with views, .*--pilot/,
    );
  });

  it("nor can lists too short for the measure: nothing is called NDCG@10 that is none", () => {
    expect(() => diagnosed(good, false, 9)).toThrow(
      /^signals\/made: expected lists of at least 10 items, which NDCG@10 reads, got lists of 9\. Probe with -k 10/,
    );
  });
});
