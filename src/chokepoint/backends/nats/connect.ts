import { AuthorizationError, connect } from "@nats-io/transport-node";
import { OpsError } from "../../../errors.ts";
import { openJetStream } from "./api.ts";
import type { JetStream } from "./api.ts";
import type { NatsPlace } from "./connection-options.ts";

export interface NatsSession extends AsyncDisposable {
  readonly api: JetStream;
  /** Fires when the connection is gone for whatever reason but its own end. */
  readonly lost: AbortSignal;
}

/**
 * Opens a connection that never comes back by itself: one that was lost may have been another's for a while. Every answer arrives below
 * `_INBOX.custody`. Throws `unreachable` and `authentication-failed`.
 */
export async function openNatsSession(place: NatsPlace, name: string): Promise<NatsSession> {
  const connection = await connect({
    ...place.options,
    name,
    reconnect: false,
    timeout: 10_000,
    inboxPrefix: "_INBOX.custody",
  }).catch((cause: unknown) => {
    throw explainConnect(cause);
  });
  const lost = new AbortController();
  let isEnding = false;
  void connection.closed().then((error) => {
    if (!isEnding) lost.abort(lostError(error));
    return undefined;
  });
  return {
    api: openJetStream(connection, place),
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      isEnding = true;
      await connection.close();
    },
  };
}

function explainConnect(cause: unknown): OpsError {
  if (cause instanceof AuthorizationError)
    return new OpsError(
      "authentication-failed",
      "the NATS server does not take these credentials",
      "see the url of the target: user and password, token, creds= or nkey=",
      { cause },
    );
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OpsError("unreachable", `cannot reach the NATS server: ${why}`, "see whether it runs", {
    cause,
  });
}

function lostError(cause: unknown): OpsError {
  return new OpsError("connection-lost", "the connection to the NATS server is lost", "see whether it runs", {
    cause,
    isOutcomeUnknown: true,
  });
}
