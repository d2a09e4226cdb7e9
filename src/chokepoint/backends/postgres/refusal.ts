import { InterruptedError } from "../../../errors.ts";
import { explainServerError, serverErrorOf } from "../../../postgres/explain-error.ts";
import type { ServerRefusal } from "../../backend.ts";
import { TargetRefused } from "../../target-refusal.ts";

/** What the server would say, or said: its SQLSTATE and its words. */
export function refusal(
  code: string,
  message: string,
  more: { readonly hint?: string; readonly isPassing?: boolean } = {},
): ServerRefusal {
  return { code, message, hint: more.hint ?? null, isPassing: more.isPassing ?? false };
}

/** SQLSTATEs with which a server says no to what was asked, and is itself well; true: it may be otherwise in a minute. */
const refusals: Readonly<Record<string, boolean>> = {
  "0LP01": false,
  "25006": true,
  "2BP01": false,
  "42501": false,
  "42704": false,
  "42710": false,
  "42809": false,
  "42939": false,
  "42P04": false,
  "42P06": false,
  "55000": false,
  "55006": true,
  "55P03": true,
};

/**
 * The error of a transaction that was rolled back: `TargetRefused` where the server said no, in its own words, else as
 * `explainServerError`. The statement is no part of it.
 */
export function explainRefusal(error: unknown, what: string): Error {
  if (error instanceof InterruptedError) return error;
  const server = serverErrorOf(error);
  const isPassing = server === undefined ? undefined : refusals[server.sqlstate];
  if (server === undefined || isPassing === undefined) return explainServerError(error, what);
  return new TargetRefused(refusal(server.sqlstate, server.message, { isPassing, ...detailOf(error) }));
}

function detailOf(error: unknown): { readonly hint?: string } {
  if (!(error instanceof Error) || !("detail" in error)) return {};
  return typeof error.detail === "string" ? { hint: error.detail } : {};
}
