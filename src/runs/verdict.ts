/** From the numbers of a diagnosis to a word, the numbers that decided, and what to do. The limits are our choice. */
import type { Estimate } from "../evaluate/index.ts";
import type { Agreement, Answer } from "./premise.ts";

export interface Verdict {
  readonly premise: "holds" | "weak" | "fails";
  /** One sentence each. */
  readonly reasons: readonly string[];
  readonly todo: string;
}

export interface Evidence {
  readonly bins: readonly { readonly teacherNdcg10: number }[];
  /** By ascending reliability. */
  readonly answers: readonly Answer[];
  /** Correlation of reliability and accuracy at a fixed length. */
  readonly atFixedLength: Estimate | null;
  readonly agreement: Agreement;
  /** Share of the lists that are probably no answers. */
  readonly unanswered: number;
}

/** A correlation below the first is not worth paying views for; one from the second on is. */
const [negligible, worthwhile] = [0.05, 0.1];
/** Of the agreement of a user's own views, the share that anybody's list has too: much, and nearly all. */
const [much, nearlyAll] = [0.5, 0.8];

/** Of lists that are no answers: a steady teacher has fewer. */
const several = 0.1;

/** Whether consistency says where this teacher is right, beyond what the length of a history says. */
export function judge(evidence: Evidence): Verdict {
  const { answers, atFixedLength, agreement, bins } = evidence;
  const { own, others } = agreement;
  if (answers[0]!.reliability === answers.at(-1)!.reliability)
    return fails(
      `All ${answers.length} answers are equally consistent (${two(own)}): none can be told from another.`,
      ...orderInWords(agreement),
    );
  if (others >= nearlyAll * own)
    return fails(
      `The lists of two random users agree by ${two(others)}, a user's own views by ${two(own)}: ` +
        "this teacher is consistent because it hardly looks at its input.",
      ...orderInWords(agreement),
    );
  if (answers.every(({ ndcg }) => ndcg === 0)) return unseen(answers.length);
  if (atFixedLength === null)
    return weak(["At a fixed length of history, consistency or accuracy does not vary."], beside);
  const numbers = `At a fixed length of history, consistency goes with the teacher's NDCG@10 by ${interval(atFixedLength)}.`;
  const fifths =
    `Its NDCG@10 is ${four(bins[0]!.teacherNdcg10)} in the least consistent fifth of the histories ` +
    `and ${four(bins.at(-1)!.teacherNdcg10)} in the most.`;
  const order = [...fallenInWords(evidence.unanswered), ...orderInWords(agreement)];
  if (atFixedLength.high < negligible) return fails(numbers, fifths, ...order);
  const doubts = doubtsOf(atFixedLength, agreement);
  if (doubts.length > 0 || blind(agreement))
    return weak([numbers, fifths, ...doubts, ...order], remedy(atFixedLength, answers.length));
  return {
    premise: "holds",
    reasons: [numbers, fifths, agreementInWords(agreement), ...order],
    todo: `Probe with views. ${beside}: a premise that holds promises no gain`,
  };
}

const beside =
  "Distil with --method bahsd and --method uniform-kl, and keep the one that is better on validation";

function fails(...reasons: string[]): Verdict {
  const todo = "Spend nothing on views: probe with --views none and distil with --method uniform-kl";
  return { premise: "fails", reasons, todo };
}

const weak = (reasons: string[], todo: string): Verdict => ({ premise: "weak", reasons, todo });

function unseen(users: number): Verdict {
  const reason = `The next item is in the teacher's first ten for none of ${users} users: its accuracy cannot be seen.`;
  return weak([reason], "Diagnose more users, and check that the teacher knows this data");
}

function doubtsOf(r: Estimate, agreement: Agreement): string[] {
  const doubts: string[] = [];
  if (r.low <= 0) doubts.push("Its interval includes 0.");
  else if (r.value < worthwhile) doubts.push(`That is below ${worthwhile}: real, but small.`);
  if (agreement.others >= much * agreement.own) doubts.push(agreementInWords(agreement));
  return doubts;
}

function agreementInWords({ own, others }: Agreement): string {
  return `The lists of two random users agree by ${two(others)}, a user's own views by ${two(own)}.`;
}

/** Nothing where there are few: there are some of every teacher. */
function fallenInWords(unanswered: number): string[] {
  if (unanswered < several) return [];
  const percent = `${(100 * unanswered).toFixed(0)} %`;
  return [
    `${percent} of the lists are probably no answers: they are no nearer to lists of the same history than to anybody's, as where a ` +
      "service falls back. BAHSD counts them next to nothing, uniform-kl like any other.",
  ];
}

/** Whether a history in any order gives what its own parts give. */
const blind = ({ own, shuffled }: Agreement): boolean => shuffled !== null && shuffled >= own;

/** Nothing where shuffled histories were not asked. */
function orderInWords(agreement: Agreement): string[] {
  const { shuffled } = agreement;
  if (shuffled === null) return [];
  const start = `The lists of a user's history and of the same history shuffled agree by ${two(shuffled)}`;
  if (!blind(agreement)) return [`${start}.`];
  return [`${start}: this teacher's consistency is about which items are there, not about their order.`];
}

/** An interval shrinks with the root of the number of users. */
function remedy({ low, high }: Estimate, users: number): string {
  const needed = Math.ceil((users * ((high - low) / 2 / negligible) ** 2) / 100) * 100;
  if (low > 0 || needed <= users) return beside;
  return `Diagnose more users: about ${needed} narrow the interval to ${negligible} on either side`;
}

const two = (value: number): string => value.toFixed(2);
const four = (value: number): string => value.toFixed(4);
const interval = ({ value, low, high }: Estimate): string => `${two(value)} [${two(low)}, ${two(high)}]`;
