/** A model with its weights as a Scorer: what validation and parity use. */
import type { Scorer } from "../evaluate/index.ts";
import { input, type Feed } from "../graph/index.ts";
import {
  leavesOf,
  padHistories,
  scoresByTables,
  scoresOf,
  type Model,
  type ModelOptions,
  type Parameters,
} from "../models/index.ts";
import { Program, type Device } from "../runtime/index.ts";

export interface ScorerInput {
  readonly model: Model;
  readonly options: ModelOptions;
  readonly weights: Parameters;
  readonly device?: Device | undefined;
}

/** @returns a scorer that reads the weights as they are at each call: it can be kept while they are trained. */
export async function modelScorer({ model, options, weights, device }: ScorerInput): Promise<Scorer> {
  const leaves = leavesOf(weights);
  const history = input("history", ["B", "T"], "int32");
  const user = input("user", ["B"], "int32");
  const scores = scoresOf(model, leaves, options, history, user);
  const program = await Program.compile({ scores }, device);
  const maxLength = model.maxLength(options);
  const tables = () => {
    const [u, i] = [weights.users!, weights.items!];
    return { tables: { users: u.data, items: i.data, width: i.shape[1]! }, device };
  };
  return {
    items: Number(scores.shape[1]),
    ...(scoresByTables(model) && { tables }),
    async score(users, histories) {
      const { data, width } = padHistories(histories, maxLength);
      const feeds: Record<string, Feed> = {
        ...weights,
        history: { data, shape: [histories.length, width] },
        user: { data: users, shape: [users.length] },
      };
      return (await program.run(feeds)).scores.data as Float32Array;
    },
  };
}
