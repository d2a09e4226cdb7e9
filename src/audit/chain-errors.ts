import { OpsError } from "../errors.ts";
import { explainServerError, serverErrorOf } from "../postgres/explain-error.ts";

/** What the chain's own rules say of a statement that was to write (SQLSTATE class CU, the head's lock); anything else as `explainServerError`. */
export function explainChainError(error: unknown, what: string): OpsError {
  const server = serverErrorOf(error);
  if (server?.sqlstate === "CU003") {
    return new OpsError(
      "chain-broken",
      `${what}: ${server.message}`,
      "nothing was written; custody chain verify names what is broken",
      { cause: error },
    );
  }
  if (server?.sqlstate === "55P03") {
    return new OpsError(
      "timeout",
      `${what}: the head of the audit chain stayed locked`,
      "a forgotten prepared or idle transaction holds it: SELECT * FROM pg_prepared_xacts",
      { cause: error },
    );
  }
  return explainServerError(error, what);
}

/** Of a COMMIT: whether the server may have done it all the same. One that ends the session may have committed before it did. */
export function isOutcomeUnknown(error: unknown): boolean {
  const state = serverErrorOf(error)?.sqlstate;
  return state === undefined || state.startsWith("57P");
}

/** Serialization failure, deadlock: the same transaction may succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  const code = serverErrorOf(error)?.sqlstate;
  return code === "40001" || code === "40P01";
}
