/**
 * Popularity: everybody is recommended what most users met.
 *
 *   score(u, i) = number of users who met i
 *
 * What any other model has to beat.
 */
import * as z from "zod";
import { add, cast, mul, sum } from "../graph/index.ts";
import { incidence, sizesOf } from "./incidence.ts";
import type { FittedModel } from "./types.ts";

const options = z.strictObject({});

export const popularity: FittedModel<z.output<typeof options>> = {
  name: "popularity",
  kind: "fitted",
  options,
  maxLength: () => 1, // a history only says that somebody asks

  fit({ user, item }, { items }) {
    const counts = Float32Array.from(sizesOf(incidence(item, user, items)));
    return { counts: { shape: [items, 1], data: counts } };
  },

  vectors(w, _o, history) {
    const asked = sum(cast(history, "float32"), [1], true); // [B, 1]
    return { users: add(mul(asked, 0), 1), items: w.counts! };
  },
};
