/**
 * Two kinds of error. The user's: a {@link UserError} with a code and one message of the form
 * "where: expected ..., got .... Do this." Ours: {@link internal}, whose message starts with `internal:`.
 */

/** What went wrong, in one word. The CLI turns it into an exit code, HTTP into a status. */
export type ErrorCode =
  | "usage" // a wrong option, argument or combination
  | "input" // a file, row, id or value that is not what it should be
  | "not-found" // a file, bundle, dataset or user that is not there
  | "conflict" // two artefacts that do not belong together
  | "unavailable" // a teacher, port or device that cannot be had now
  | "io" // the disk or the network failed
  | "budget" // the budget is spent and work is left
  | "interrupted"; // stopped by a signal, state saved

export class UserError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UserError";
    this.code = code;
  }
}

/** The parts of a user's error, in the order they are printed. */
export interface Complaint {
  /** The file, option or value at fault, as the user knows it. */
  where: string;
  expected: string;
  got: string;
  /** One imperative sentence that resolves it, without its full stop. */
  fix: string;
}

/** @returns a UserError whose message reads "where: expected ..., got .... Fix." */
export function complain(
  code: ErrorCode,
  { where, expected, got, fix }: Complaint,
  options?: ErrorOptions,
): UserError {
  return new UserError(code, `${where}: expected ${expected}, got ${got}. ${fix}.`, options);
}

/** @returns an error of ours: a state the code promises cannot happen. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}`);
}
