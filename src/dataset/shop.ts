/**
 * A made-up long-tailed shop whose best possible ranking is known.
 *
 * Items have one interest each and a Zipf popularity w. Every item has a few successors of its own interest.
 * A user has one to three interests with weights theta and a history length from a log-normal. The next item j after
 * the history (.., b, a) has probability, over the items not yet in the history,
 *
 *   p(j) ~ follow (recent T(j|a) + (1 - recent) T(j|b)) + profile theta[interest(j)] w(j | interest) + global w(j)
 *
 * and that is what the oracle returns: no ranking has a higher expected NDCG.
 */
import { Random } from "../random.ts";

export interface ShopOptions {
  readonly users: number;
  readonly items: number;
  readonly interests: number;
  readonly seed: number;
  /** Weights of the three reasons to choose an item; they sum to 1. */
  readonly follow: number;
  readonly profile: number;
  readonly global: number;
  /** Share of the last item among transitions; the rest belongs to the one before. */
  readonly recent: number;
  readonly successors: number;
  /** Weight of an item's k-th successor is decay ^ k. */
  readonly decay: number;
  /** Popularity of the item of rank r is (r + 1) ^ -zipf. */
  readonly zipf: number;
  /** History lengths are log-normal with this median and spread, at least `shortest`, at most a quarter of the items. */
  readonly medianLength: number;
  readonly spread: number;
  readonly shortest: number;
}

const defaults: ShopOptions = {
  users: 3000,
  items: 800,
  interests: 20,
  seed: 0,
  follow: 0.6,
  profile: 0.3,
  global: 0.1,
  recent: 0.75,
  successors: 8,
  decay: 0.75,
  zipf: 0.8,
  medianLength: 9,
  spread: 0.95,
  shortest: 4,
};

export interface Shop {
  readonly options: ShopOptions;
  /** Items of each user in order, none twice. */
  readonly histories: readonly Int32Array[];
  /** A name for each item that tells its interest. */
  readonly titles: readonly string[];
  /** @returns [I] the true probability that each item comes next; 0 for items of the history. */
  oracle(user: number, history: Int32Array): Float64Array;
}

/** Makes a shop; the same options give the same shop, and more users leave the first ones as they were. */
export function makeShop(given: Partial<ShopOptions> = {}): Shop {
  const options = { ...defaults, ...given };
  const random = new Random(options.seed).split("shop");
  const catalogue = makeCatalogue(options, random.split("items"));
  const profiles = Array.from({ length: options.users }, (_, user) =>
    drawProfile(options, random.split("profile", user)),
  );
  const histories = profiles.map((profile, user) =>
    drawHistory(options, catalogue, profile, random.split("history", user)),
  );
  return {
    options,
    histories,
    titles: catalogue.titles,
    oracle: (user, history) => probabilities(options, catalogue, profiles[user]!, history),
  };
}

/** A distribution over some items: cumulative weights for drawing, their sum at the end. */
interface Distribution {
  readonly items: Int32Array;
  readonly cumulative: Float64Array;
}

interface Catalogue {
  readonly interestOf: Int32Array;
  readonly popularity: Float64Array;
  readonly titles: readonly string[];
  readonly all: Distribution;
  readonly byInterest: readonly Distribution[];
  /** Successors of each item. */
  readonly next: readonly Distribution[];
}

function makeCatalogue(
  { items, interests, zipf, successors, decay }: ShopOptions,
  random: Random,
): Catalogue {
  const ranks = random.sample(items, items);
  const popularity = Float64Array.from(ranks, (rank) => (rank + 1) ** -zipf);
  const interestOf = Int32Array.from(random.sample(items, items), (place) => place % interests);
  const everything = Array.from({ length: items }, (_, item) => item);
  const weigh = (list: readonly number[]) =>
    distribution(
      list,
      list.map((item) => popularity[item]!),
    );
  const lists = Array.from({ length: interests }, (_, c) => everything.filter((i) => interestOf[i] === c));
  const next = everything.map((item) => {
    const others = lists[interestOf[item]!]!.filter((other) => other !== item);
    const chosen = Array.from(random.sample(others.length, successors), (at) => others[at]!);
    return distribution(
      chosen,
      chosen.map((_, k) => decay ** k),
    );
  });
  const titles = everything.map((item) => title(interestOf[item]!, lists[interestOf[item]!]!.indexOf(item)));
  return { interestOf, popularity, titles, all: weigh(everything), byInterest: lists.map(weigh), next };
}

const themes = [
  "tea",
  "climbing",
  "chess",
  "pottery",
  "cycling",
  "gardening",
  "jazz",
  "baking",
  "sailing",
  "origami",
];

function title(interest: number, place: number): string {
  const round = Math.floor(interest / themes.length);
  return `${themes[interest % themes.length]!}${round === 0 ? "" : ` ${round + 1}`} no. ${place + 1}`;
}

function distribution(items: readonly number[], weights: readonly number[]): Distribution {
  let sum = 0;
  return {
    items: Int32Array.from(items),
    cumulative: Float64Array.from(weights, (weight) => (sum += weight)),
  };
}

function draw({ items, cumulative }: Distribution, random: Random): number {
  const target = random.uniform() * cumulative.at(-1)!;
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > target) high = middle;
    else low = middle + 1;
  }
  return items[low]!;
}

/** Interests of one user, the first the strongest. */
function drawProfile({ interests }: ShopOptions, random: Random): Distribution {
  const chosen = Array.from(random.sample(interests, 1 + random.integer(3)));
  return distribution(
    chosen,
    chosen.map((_, k) => 0.5 ** k),
  );
}

function drawHistory(
  options: ShopOptions,
  catalogue: Catalogue,
  profile: Distribution,
  random: Random,
): Int32Array {
  const { medianLength, spread, shortest, items } = options;
  const wished = Math.round(medianLength * Math.exp(spread * random.normal()));
  const history = new Int32Array(Math.min(Math.max(wished, shortest), Math.floor(items / 4)));
  const seen = new Set<number>();
  while (seen.size < history.length) {
    const item = drawNext(options, catalogue, profile, history.subarray(0, seen.size), random);
    if (seen.has(item)) continue; // drawing again is the same as renormalising over the unseen
    history[seen.size] = item;
    seen.add(item);
  }
  return history;
}

function drawNext(
  options: ShopOptions,
  catalogue: Catalogue,
  profile: Distribution,
  history: Int32Array,
  random: Random,
): number {
  const reason = random.uniform() * (reach(options, history) + options.profile + options.global);
  if (reason < options.global) return draw(catalogue.all, random);
  if (reason < options.global + options.profile) {
    return draw(catalogue.byInterest[draw(profile, random)]!, random);
  }
  const older = history.length > 1 && random.uniform() >= options.recent;
  return draw(catalogue.next[history.at(older ? -2 : -1)!]!, random);
}

/** Weight of the transitions: none without a last item. */
function reach({ follow }: ShopOptions, history: Int32Array): number {
  return history.length === 0 ? 0 : follow;
}

function probabilities(
  options: ShopOptions,
  { interestOf, popularity, all, byInterest, next }: Catalogue,
  profile: Distribution,
  history: Int32Array,
): Float64Array {
  const perInterest = new Float64Array(byInterest.length).fill(options.global / all.cumulative.at(-1)!);
  each(profile, options.profile, (interest, weight) => {
    perInterest[interest]! += weight / byInterest[interest]!.cumulative.at(-1)!;
  });
  const p = popularity.map((w, item) => w * perInterest[interestOf[item]!]!);
  const recent = history.length > 1 ? options.recent : 1;
  const follow = (from: number | undefined, weight: number) => {
    if (from !== undefined) each(next[from]!, weight, (item, share) => (p[item]! += share));
  };
  follow(history.at(-1), options.follow * recent);
  follow(history.at(-2), options.follow * (1 - recent));
  for (const item of history) p[item] = 0;
  const sum = p.reduce((total, each) => total + each, 0);
  return p.map((each) => each / sum);
}

/** Calls `visit` with every item and its share of `total`. */
function each(
  { items, cumulative }: Distribution,
  total: number,
  visit: (item: number, share: number) => void,
): void {
  const sum = cumulative.at(-1)!;
  items.forEach((item, k) => visit(item, (total * (cumulative[k]! - (cumulative[k - 1] ?? 0))) / sum));
}
