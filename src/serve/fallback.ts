/** A service that runs out of time answers with something simpler: which of its answers those are nobody is told. */
import { hash } from "node:crypto";
import type { Bundle } from "../export/index.ts";
import type { Ask } from "./contract.ts";

export interface Fallback {
  readonly bundle: Bundle;
  /** Of the histories and users that are asked about; the same ones each time. */
  readonly share: number;
}

/** Whether this is of the share that falls back. */
export function fallsBack({ user, history }: Pick<Ask, "user" | "history">, share: number): boolean {
  const drawn = Number.parseInt(hash("sha256", JSON.stringify([user, history])).slice(0, 8), 16);
  return drawn < share * 2 ** 32;
}
