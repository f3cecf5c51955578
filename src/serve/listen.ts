import type { FastifyInstance } from "fastify";
import { complain } from "../errors.ts";

/**
 * Opens the port. @returns the address, e.g. "http://127.0.0.1:8080"; port 0 takes any free one.
 * @throws UserError "unavailable" when the port or the address cannot be had.
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw refused(error as NodeJS.ErrnoException, `${host}:${port}`);
  }
}

type Refusal = readonly [expected: string, got: string, fix: string];
const otherHost: Refusal = ["an address of this machine", "another", "Choose one with --host"];
const refusals: Readonly<Record<string, Refusal>> = {
  EADDRINUSE: ["a free port", "one in use", "Choose another with --port"],
  EACCES: ["a port this user may open", "one kept for the system", "Choose one above 1023 with --port"],
  EADDRNOTAVAIL: otherHost,
  ENOTFOUND: otherHost,
};

function refused(error: NodeJS.ErrnoException, where: string): Error {
  const refusal = refusals[error.code ?? ""];
  if (refusal === undefined) return error;
  const [expected, got, fix] = refusal;
  return complain("unavailable", { where, expected, got, fix }, { cause: error });
}
