import { z } from "zod";
import { InterruptedError, OpsError } from "../../errors.ts";

/** `application/problem+json`, as far as people read it. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
});

/** What an answer that is none means to whoever asked. */
export function explainAnswer(status: number, body: unknown, retryAfter: string | null): OpsError {
  const problem = problemSchema.safeParse(body);
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
        status === 503 ? "nothing was done: ask again when it is back" : "the log of custody says more",
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
  const why = error instanceof Error ? error.message : String(error);
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
    "start custody proxy there, or name another address: --api URL or CUSTODY_API",
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function isNotReached(error: unknown): boolean {
  return (
    /^(?:ConnectionRefused|FailedToOpenSocket|ECONNREFUSED|ENOENT|ENOTFOUND|DNS.*|EACCES|EHOSTUNREACH|ENETUNREACH)$/.test(
      codeOf(error),
    ) || isCertificate(error)
  );
}

function isCertificate(error: unknown): boolean {
  return /CERT|SELF_SIGNED|ISSUER|TLS/.test(codeOf(error));
}
