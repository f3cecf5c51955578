/** What BAHSD draws for its loss on stable order, Eq. (6) there. */
import { row } from "../dataset/index.ts";
import { input, type Feed, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";
import type { ListSignal } from "../signals/index.ts";
import { RestOfCatalogue } from "./draws.ts";
import { probedRanks, type ProbedRanks } from "./probed-ranks.ts";

/** Pairs of P(s), and listed items each with an item outside the list. */
export class StableOrder {
  readonly #signal: ListSignal;
  readonly #ranks: ProbedRanks;
  readonly #rest: RestOfCatalogue;
  readonly #pairs: number;

  /** @param pairs drawn per query; those that are not in P(s) get no weight */
  constructor(signal: ListSignal, items: number, pairs: number) {
    this.#signal = signal;
    this.#ranks = probedRanks(signal);
    this.#rest = new RestOfCatalogue(items);
    this.#pairs = pairs;
  }

  /** The inputs of {@link orderInputs} for a batch. @param queries rows of the signal, -1 for filler */
  feeds(queries: Int32Array, random: Random): Record<string, Feed> {
    const pairs = this.#pairs;
    const size = queries.length * pairs;
    const ids = () => new Int32Array(size);
    const [winners, losers, listed, negatives] = [ids(), ids(), ids(), ids()];
    const [order, apart] = [new Float32Array(size), new Float32Array(size)];
    queries.forEach((s, b) => {
      if (s < 0) return;
      const list = row(this.#signal.lists, s);
      this.#rest.open(list);
      const drawn: number[] = [];
      for (let n = 0; n < pairs && list.length > 1; n++) {
        const [x, y] = [random.integer(list.length), random.integer(list.length)];
        const [i, j] = [Math.min(x, y), Math.max(x, y)];
        const at = b * pairs + n;
        [winners[at], losers[at]] = [list[i]!, list[j]!];
        if (i !== j && this.#ranks.before(s, i, j)) drawn.push(at);
        listed[at] = list[x]!;
        negatives[at] = this.#rest.one(random);
        apart[at] = this.#ranks.share(s, x) / pairs;
      }
      for (const at of drawn) order[at] = 1 / drawn.length;
    });
    const shape = [queries.length, pairs];
    return {
      winners: { data: winners, shape },
      losers: { data: losers, shape },
      "order.w": { data: order, shape },
      listed: { data: listed, shape },
      negatives: { data: negatives, shape },
      "apart.w": { data: apart, shape },
    };
  }
}

/** The inputs that {@link StableOrder} feeds. @param c [Q, 1] weights of the queries */
export function orderInputs(pairs: number, c: Tensor) {
  const p = (name: string) => input(name, ["Q", pairs], "int32");
  const w = (name: string) => input(name, ["Q", pairs]);
  return {
    order: { winners: p("winners"), losers: p("losers"), w: w("order.w"), c },
    apart: { listed: p("listed"), negatives: p("negatives"), w: w("apart.w"), c },
  };
}
