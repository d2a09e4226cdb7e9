import { z } from "zod";
import { InterruptedError, OpsError } from "../../errors.ts";
import { codeOf, whyNoAnswer } from "./why-no-answer.ts";

/** `application/problem+json`, as far as people read it. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
});

/** What an answer that is none means to whoever asked. */
export function explainAnswer(status: number, body: unknown, retryAfter: string | null): OpsError {
  const problem = problemSchema.safeParse(body);
  // A token that is not known, and a server that is away, may be told by what stands before custody.
  if (!problem.success && status < 500 && status !== 401 && status !== 403 && status !== 429) {
    return new OpsError(
      "unsupported-server",
      `what answered is no custody: it said ${status}, and nothing that custody says with it`,
      "name the address of a running custody: --api URL or CUSTODY_API",
    );
  }
  const detail = problem.success ? problem.data.detail : `HTTP ${status}, and no word why`;
  switch (status) {
    case 401:
      return new OpsError(
        "authentication-failed",
        `custody does not know you: ${detail}`,
        "put your bearer token into CUSTODY_TOKEN, or name its file with --token-file",
      );
    case 403:
      return new OpsError("permission-denied", detail, "ask with the token of somebody who may");
    case 404:
      return new OpsError("bad-input", detail, "custody drop list shows the drops that you may see");
    case 409:
      return new OpsError("bad-input", detail, "a request_id stands for one request: take a new one");
    case 413:
    case 415:
    case 422:
      return new OpsError("bad-input", `custody does not take this: ${detail}`, "correct it, and ask again");
    case 429:
      return new OpsError("server-error", detail, `ask again in ${retryAfter ?? "a few"} seconds`);
    default:
      return new OpsError(
        "server-error",
        detail,
        status === 503
          ? "nothing was done: ask again when it is back"
          : "look into the log of custody, and report a bug with its lines (README, Reporting a bug)",
      );
  }
}

/** Why there is no answer. A request that may have been taken is told apart from one that was not. */
export function explainFailure(
  error: unknown,
  {
    base,
    isWrite,
    isRepeatable,
    signal,
  }: {
    readonly base: string;
    readonly isWrite: boolean;
    readonly isRepeatable: boolean;
    readonly signal: AbortSignal;
  },
): Error {
  const hasBegun = isWrite && !isNotReached(error);
  if (hasBegun && !isRepeatable) {
    return new OpsError(
      "connection-lost",
      `the connection to ${base} ended before the answer: it may have been taken`,
      "look with custody drop list; asking again with the same --request-id is safe, it is never done twice",
      { cause: error, isOutcomeUnknown: true },
    );
  }
  if (signal.aborted) return new InterruptedError();
  if (hasBegun) {
    return new OpsError(
      "connection-lost",
      `the connection to ${base} ended before the answer`,
      "ask again; what was found meanwhile is in the ledger, and is told once",
      { cause: error },
    );
  }
  const why = whyNoAnswer(error);
  if (isCertificate(error)) {
    return new OpsError(
      "tls-failed",
      `${base}: ${why}`,
      "name the authority of its certificate with --ca-file",
      { cause: error },
    );
  }
  return new OpsError(
    "unreachable",
    `no custody can be reached at ${base}: ${why}`,
    hints.get(codeOf(error)) ??
      "start custody proxy there, or name another address: --api URL or CUSTODY_API",
    { cause: error },
  );
}

/** Where the usual hint would lead astray. */
const hints: ReadonlyMap<string, string> = new Map([
  ["EPROTO", "write http:// where custody has no http.tls"],
  ["ECONNRESET", "see that custody listens there; where it has http.tls, write https://"],
  ["EACCES", "the socket is for the user that custody runs as: ask as that user, or over TCP"],
]);

function isNotReached(error: unknown): boolean {
  return (
    /^(?:ConnectionRefused|FailedToOpenSocket|ECONNREFUSED|ENOENT|ENOTSOCK|ENOTFOUND|EAI_AGAIN|DNS.*|EACCES|EPROTO|EHOSTUNREACH|ENETUNREACH)$/.test(
      codeOf(error),
    ) || isCertificate(error)
  );
}

function isCertificate(error: unknown): boolean {
  return /CERT|SELF_SIGNED|ISSUER|TLS/.test(codeOf(error));
}
