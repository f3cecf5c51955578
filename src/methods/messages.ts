/**
 * Who of a forest of lists are answers, from how alike kin are: sums and products of messages, exact once every list has heard of every
 * other (Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988, ch. 4). Symbols of answered.ts.
 */

/** Two kin. */
export interface Kin {
  /** Of the two queries: the one with the longer history. */
  readonly a: number;
  readonly b: number;
  readonly bin: number;
  /** c of that bin. */
  readonly chance: number;
}

/** What EM fits. */
export interface Fit {
  /** pi */
  readonly fallen: number;
  /** p, by bin. */
  readonly alike: Float64Array;
  /** log h_1 / h_0, by bin of b. */
  readonly common: Float64Array;
}

/** What kin say to one another of z, as log odds. @param common [Q] bin of b */
export class Messages {
  readonly #kin: readonly Kin[];
  readonly #common: Uint8Array;
  readonly #toA: Float64Array;
  readonly #toB: Float64Array;

  constructor(kin: readonly Kin[], common: Uint8Array) {
    this.#kin = kin;
    this.#common = common;
    this.#toA = new Float64Array(kin.length);
    this.#toB = new Float64Array(kin.length);
  }

  /** One list further, twice: what was said by the fit before is near what is said by this one. */
  pass(fit: Fit): void {
    for (let sweep = 0; sweep < 2; sweep++) {
      const odds = this.#odds(fit);
      this.#kin.forEach((kin, n) => {
        const [withoutB, withoutA] = [odds[kin.a]! - this.#toA[n]!, odds[kin.b]! - this.#toB[n]!];
        const ratio = fit.alike[kin.bin]! / kin.chance;
        this.#toA[n] = Math.log1p(sigmoid(withoutA) * (ratio - 1)); // the other says nothing where it fell back
        this.#toB[n] = Math.log1p(sigmoid(withoutB) * (ratio - 1));
      });
    }
  }

  /** [Q] P(z_s = 1). */
  beliefs(fit: Fit): Float64Array {
    return this.#odds(fit).map(sigmoid);
  }

  /** By two kin: P(z_a = z_b = 1). */
  bothAnswered(fit: Fit): Float64Array {
    const odds = this.#odds(fit);
    return Float64Array.from(this.#kin, ({ a, b, bin, chance }, n) => {
      const apart = sigmoid(odds[a]! - this.#toA[n]!) * sigmoid(odds[b]! - this.#toB[n]!);
      const both = (apart * fit.alike[bin]!) / chance;
      return both / (both + 1 - apart);
    });
  }

  #odds({ fallen, common }: Fit): Float64Array {
    const before = Math.log((1 - fallen) / fallen);
    const odds = Float64Array.from(this.#common, (bin) => before + common[bin]!);
    this.#kin.forEach(({ a, b }, n) => {
      odds[a]! += this.#toA[n]!;
      odds[b]! += this.#toB[n]!;
    });
    return odds;
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
