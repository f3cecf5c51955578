/** Messages on a forest against the sum over all states. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Messages, type Fit, type Kin } from "../../../src/methods/messages.ts";

const share = fc.double({ min: 0.02, max: 0.98, noNaN: true });
const shares = (n: number) => fc.array(share, { minLength: n, maxLength: n });
/** Of up to seven lists: the parent of each but the first, or none. */
const parents = fc.array(fc.option(fc.nat(5)), { minLength: 1, maxLength: 6 });

it("lists on a forest are answers with the probability that the sum over all states gives, kin together, too", () => {
  fc.assert(
    fc.property(
      parents,
      shares(3),
      shares(7),
      share,
      shares(2),
      shares(7),
      (of, alike, chance, fallen, h, b) => {
        const lists = of.length + 1;
        const kin = of.flatMap((parent, n): Kin[] => {
          if (parent === null) return [];
          return [{ a: Math.min(parent, n), b: n + 1, bin: n % 3, chance: chance[n]! }];
        });
        const common = Uint8Array.from({ length: lists }, (_, s) => Number(b[s]! > 0.5));
        const fit: Fit = { fallen, alike: Float64Array.from(alike), common: Float64Array.from(h, Math.log) };
        const answers = new Float64Array(lists);
        const both = new Float64Array(kin.length);
        let all = 0;
        for (let state = 0; state < 2 ** lists; state++) {
          const z = (s: number) => (state >> s) & 1;
          let p = 1;
          for (let s = 0; s < lists; s++) p *= z(s) ? (1 - fallen) * h[common[s]!]! : fallen;
          for (const { a, b: other, bin, chance: c } of kin) p *= z(a) && z(other) ? alike[bin]! : c;
          all += p;
          answers.forEach((_, s) => (answers[s]! += z(s) * p));
          kin.forEach(({ a, b: other }, n) => (both[n]! += z(a) * z(other) * p));
        }
        const messages = new Messages(kin, common);
        for (let n = 0; n < lists; n++) messages.pass(fit);
        const near = (found: Float64Array, expected: Float64Array) =>
          found.forEach((value, n) => expect(value).toBeCloseTo(expected[n]! / all, 9));
        near(messages.beliefs(fit), answers);
        near(messages.bothAnswered(fit), both);
      },
    ),
  );
});
