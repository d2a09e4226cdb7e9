import {
  ClientClosedError,
  ConnectionTimeoutError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
} from "@redis/client";
import { OpsError } from "../../../errors.ts";
import type { ErrorCode } from "../../../errors.ts";

/** The first word of an error, which the protocol gives to programs: `NOPERM`, `WRONGPASS`, `BUSYKEY`, `ERR`. */
export function codeOf(reply: unknown): string | null {
  return reply instanceof ErrorReply ? (/^[A-Z]+/.exec(reply.message)?.[0] ?? "ERR") : null;
}

const meanings: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  WRONGPASS: ["authentication-failed", "check user and password in the target's URL"],
  NOAUTH: ["authentication-failed", "the server asks for a password: give one in the target's URL"],
  NOPERM: ["permission-denied", "docs/drop-redis.md lists the rights that custody's own user needs"],
  LOADING: ["unreachable", "the server is still loading its data: try again"],
  MASTERDOWN: ["unreachable", "the server is a replica that has lost its master"],
  READONLY: ["unsupported-server", "the server is a replica: name the primary in the target's URL"],
  MISCONF: ["server-error", "the server cannot save to disk and takes no writes: its log says why"],
  OOM: ["no-space", "the server is at its maxmemory"],
};

/** What an error of the client or the server means. What the server said is in the message: it never repeats a password. */
export function explainRedisError(error: unknown, where: string): OpsError {
  if (error instanceof OpsError) return error;
  const code = codeOf(error);
  if (code !== null) {
    const [meaning, hint] = meanings[code] ?? ["server-error", "the server's log may say more"];
    return new OpsError(meaning, `${where}: ${messageOf(error)}`, hint, { cause: error });
  }
  if (error instanceof SocketClosedUnexpectedlyError || error instanceof ClientClosedError)
    return new OpsError(
      "connection-lost",
      `the connection to ${where} is gone`,
      "the server, the network or another instance of custody ended it: see who",
      { cause: error },
    );
  if (error instanceof ConnectionTimeoutError) return unreachable(error, where, "it does not answer");
  const system = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/.test(system))
    return new OpsError(
      "tls-failed",
      `${where}: ${messageOf(error)}`,
      "name the authority with ?cacert=FILE in the target's URL",
      { cause: error },
    );
  return unreachable(error, where, messageOf(error));
}

function unreachable(cause: unknown, where: string, why: string): OpsError {
  return new OpsError(
    "unreachable",
    `cannot reach Redis at ${where}: ${why}`,
    "check that the server runs and that the target's URL names it",
    { cause },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
