/** A model with its weights as a Scorer: what validation and parity use. */
import type { Scorer } from "../evaluate/index.ts";
import { input, type Feed } from "../graph/index.ts";
import { leavesOf, padHistories, scoresOf } from "../models/index.ts";
import { Program } from "../runtime/index.ts";
import { modelTables, type ModelInput } from "./model-vectors.ts";

/** @returns a scorer that reads the weights as they are at each call: it can be kept while they are trained. */
export async function modelScorer(given: ModelInput): Promise<Scorer> {
  const { model, options, weights, device } = given;
  const history = input("history", ["B", "T"], "int32");
  const user = input("user", ["B"], "int32");
  const scores = scoresOf(model, leavesOf(weights), options, history, user);
  const program = await Program.compile({ scores }, device);
  const tables = await modelTables(given);
  const maxLength = model.maxLength(options);
  return {
    items: Number(scores.shape[1]),
    ...(tables && { tables }),
    device,
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
