import { showPlace } from "../../../config/listen-place.ts";
import type { ListenPlace } from "../../../config/listen-place.ts";
import { OpsError } from "../../../errors.ts";

export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

export function cannotConnect(place: ListenPlace, cause: unknown): OpsError {
  return new OpsError("unreachable", `cannot reach ${showPlace(place)}: ${whyNoAnswer(cause)}`, hint, {
    cause,
  });
}

const hint = "check the target's URL, that its server listens there, and the network in between";

function whyNoAnswer(cause: unknown): string {
  const code = codeOf(cause);
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOENT":
      return "no such socket";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name has no address";
    case "EACCES":
      return "permission denied";
    case null:
      return cause instanceof Error ? cause.message : String(cause);
    default:
      return code;
  }
}

export function cannotListen(place: ListenPlace, cause: unknown): OpsError {
  return new OpsError(
    "bad-config",
    `cannot listen on ${showPlace(place)}: ${whyNotThere(cause)}`,
    "name a free port of this machine, or a path that can be written, as listen of the listener",
    { cause },
  );
}

function whyNotThere(cause: unknown): string {
  const code = codeOf(cause);
  if (code === "EADDRINUSE" || code === "EEXIST") return `somebody listens there already (${code})`;
  if (code === "EADDRNOTAVAIL") return "it is no address of this machine (EADDRNOTAVAIL)";
  if (code === "EACCES") return "this user may not (EACCES)";
  return cause instanceof Error ? cause.message : String(cause);
}

/** The handshake did not come to its end, or to a good one. */
export function tlsFailed(peer: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "tls-failed",
    `no TLS with ${peer}: ${why}`,
    "check the certificates of both sides, and who signed them",
    { cause },
  );
}
