/**
 * Seeded, splittable randomness. A run has one seed; every consumer gets its own stream by splitting with a
 * label, so adding a consumer never shifts the numbers of another. Generator: sfc32 (C. Doty-Humphrey, PractRand).
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  readonly #seed: string;
  #spare: number | null = null;

  constructor(seed: number | string) {
    this.#seed = String(seed);
    const [a, b, c] = hash96(this.#seed);
    this.#a = a;
    this.#b = b;
    this.#c = c;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** @returns an independent stream named by the labels; this stream does not advance. */
  split(...labels: (string | number)[]): Random {
    return new Random([this.#seed, ...labels].join("/"));
  }

  /** @returns a uniform integer in [0, 2^32). */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }

  /** @returns a uniform number in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** @returns a uniform integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** @returns a standard normal number (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const m = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spare = v * m;
        return u * m;
      }
    }
  }

  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<A extends { length: number; [i: number]: number }>(array: A): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const t = array[i]!;
      array[i] = array[j]!;
      array[j] = t;
    }
    return array;
  }

  /** @returns `count` distinct integers from [0, n), in random order (Floyd's algorithm, then a shuffle). */
  sample(n: number, count: number): Int32Array {
    const chosen = new Set<number>();
    for (let j = n - Math.min(count, n); j < n; j++) {
      const t = this.integer(j + 1);
      chosen.add(chosen.has(t) ? j : t);
    }
    return this.shuffle(Int32Array.from(chosen));
  }
}

/** Three 32-bit words from a string: FNV-1a with three offsets, each finished by murmur3's mixer. */
function hash96(text: string): [number, number, number] {
  return [mix(fnv(text, 0x811c9dc5)), mix(fnv(text, 0x9747b28c)), mix(fnv(text, 0x3c6ef372))];
}

function fnv(text: string, offset: number): number {
  let h = offset | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
