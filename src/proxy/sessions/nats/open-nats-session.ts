import { clientGrammar } from "../../../wire/nats/client-grammar.ts";
import type { ClientSeen } from "../../../wire/nats/client-grammar.ts";
import { mergeOptions, readOptions } from "../../../wire/nats/read-options.ts";
import type { Options } from "../../../wire/nats/read-options.ts";
import { openReader } from "../../../wire/nats/reader.ts";
import type { Piece } from "../../../wire/nats/reader.ts";
import { writeError } from "../../../wire/nats/write-server.ts";
import type { Connection } from "../connection.ts";
import { joinEnds } from "../join-ends.ts";
import type { Admission, RunningSession, SessionContext, Speaker } from "../ports.ts";
import { openAwaitedAnswers } from "./awaited-answers.ts";
import { openPublishes } from "./open-publishes.ts";
import { readIdentity } from "./read-identity.ts";
import { openServerSide } from "./server-side.ts";
import { openSubscriptions } from "./subscriptions.ts";

/**
 * A session of NATS. The server speaks first, so the gate is asked for the address before it is dialled, and again, with the certificate, when CONNECT
 * names a user, before that is sent on; who sends something else first is asked for as nobody. INFO is written anew, so that it leads nobody
 * around the proxy, and CONNECT, so that the server reads what was read here, that of CONNECTs before it, too; all else passes as it came, but for what destroys. A listener
 * with a certificate takes no client in clear.
 */
export function openNatsSession(client: Connection, context: SessionContext): RunningSession {
  const gone = new AbortController();
  let speaker: Speaker = {
    sessionId: context.sessionId,
    listener: context.listener,
    target: context.target,
    protocol: "nats",
    role: "",
    isAdmin: false,
    otherRoles: [],
    database: "",
    peer: client.peer,
    certificate: client.certificate,
    applicationName: "",
  };
  let isAdmitted = false;
  let isVerbose = false;
  /** Of all its CONNECTs. */
  let said: Options = {};
  let isOver = false;
  let tls: "none" | "offered" | "awaited" = client.offersTls ? "offered" : "none";
  const subscriptions = openSubscriptions();
  const awaited = openAwaitedAnswers();
  const reader = openReader(
    clientGrammar({ wholeBytes: context.limits.wholeBytes, longestPayload: context.limits.messageBytes }),
  );

  const ends = joinEnds(client, {
    client(bytes) {
      if (tls === "awaited") void secure(bytes);
      else {
        reader.push(bytes);
        pump();
      }
    },
    released: () => pump(),
    server: (bytes) => serverSide.push(bytes),
    gone() {
      isOver = true;
      clearTimeout(deadline);
      context.drain.removeEventListener("abort", endWhenIdle);
      gone.abort();
      awaited.close();
    },
  });
  const fail = (words: string): void => {
    if (isOver) return;
    serverSide.inject(writeError(words));
    ends.finish();
  };
  const serverSide = openServerSide({
    ends,
    subscriptions,
    awaited,
    warn: context.warn,
    requiresTls: () => tls === "offered",
    begun() {
      if (tls === "offered") tls = "awaited";
      ends.release();
    },
  });
  const endWhenIdle = (): void => {
    if (publishes.isIdle && reader.isBetween && reader.held === 0) ends.finish();
  };
  const publishes = openPublishes({
    ends,
    decider: context.decider,
    subscriptions,
    awaited,
    signal: gone.signal,
    inject: (bytes) => serverSide.inject(bytes),
    isBetween() {
      if (!reader.isBetween) reader.stopAtBoundary();
      return reader.isBetween;
    },
    decided() {
      if (context.drain.aborted) endWhenIdle();
    },
  });

  const secure = async (first: Uint8Array): Promise<void> => {
    ends.hold();
    if (first[0] !== 0x16) {
      fail("Secure Connection - TLS Required");
      return;
    }
    try {
      const secured = await client.acceptTls(first);
      tls = "none";
      speaker = { ...speaker, certificate: secured.certificate };
      ends.replaceClient(secured);
      ends.release();
    } catch (error) {
      context.warn(error instanceof Error ? error.message : "the TLS handshake failed");
      ends.destroy();
    }
  };

  /** `then` once the gate has let the speaker in, with the client held until it has answered. */
  const admit = (next: Speaker, isUnnamed: boolean, then: () => void): void => {
    const isCertificateToCome = tls !== "none";
    const startup = { isReplication: false, roles: next.otherRoles, isUnnamed, isCertificateToCome };
    const answer = context.gate.admit(next, startup);
    const decide = (admission: Admission): void => {
      if (isOver) return;
      if (admission.kind === "refused") {
        fail("Authorization Violation");
        return;
      }
      speaker = { ...next, isAdmin: admission.isAdmin };
      then();
    };
    if (!(answer instanceof Promise)) {
      decide(answer);
      return;
    }
    ends.hold();
    void (async () => {
      decide(await answer);
      ends.release();
    })();
  };
  const admitAsUser = (next: Speaker, then: () => void): void =>
    admit(next, false, () => {
      isAdmitted = true;
      clearTimeout(deadline);
      then();
    });

  const connect = (json: Buffer): void => {
    const more = readOptions(json);
    const options = more === null ? null : mergeOptions(said, more);
    const identity = options === null ? null : readIdentity(options);
    if (options === null || identity === null) {
      fail("Unknown Protocol Operation");
      return;
    }
    said = options;
    const { role, otherRoles, applicationName } = identity;
    admitAsUser({ ...speaker, role, otherRoles, applicationName }, () => {
      isVerbose = identity.isVerbose;
      ends.toServer(Buffer.from(`CONNECT ${JSON.stringify(options)}\r\n`));
    });
  };

  const take = (piece: Piece<ClientSeen>): void => {
    switch (piece.kind) {
      case "pass":
        ends.toServer(piece.bytes);
        break;
      case "rest":
        publishes.rest(piece.bytes);
        break;
      case "note":
        if (piece.seen.kind === "subscribe") subscriptions.add(piece.seen);
        if (piece.seen.kind === "unsubscribe") subscriptions.remove(piece.seen.sid, piece.seen.after);
        break;
      case "judge":
        if (piece.seen.kind === "connect") connect(piece.seen.options);
        if (piece.seen.kind === "publish")
          publishes.judge(speaker, isVerbose, { seen: piece.seen, bytes: piece.bytes, rest: piece.rest });
        break;
      case "broken":
        context.warn(`a client sent what is not understood: ${piece.why}`);
        fail("Unknown Protocol Operation");
    }
  };
  const pump = (): void => {
    while (!ends.isHeld && !isOver) {
      const piece = reader.next();
      if (piece === null) return;
      const isConnect = piece.kind === "judge" && piece.seen.kind === "connect";
      if (isAdmitted || isConnect || piece.kind === "note" || piece.kind === "broken") take(piece);
      else admitAsUser(speaker, () => take(piece));
      if (reader.isBetween) publishes.between();
    }
  };

  const deadline = setTimeout(() => fail("Authentication Timeout"), context.limits.startupMs);
  context.drain.addEventListener("abort", endWhenIdle);

  const dial = async (): Promise<void> => {
    try {
      ends.attachServer(await context.dial(gone.signal));
    } catch (error) {
      if (isOver) return;
      context.warn(error instanceof Error ? error.message : "the server cannot be reached");
      fail("Stale Connection");
    }
  };
  admit(speaker, true, () => void dial());
  return {
    get speaker() {
      return speaker;
    },
    destroy: () => ends.destroy(),
    closed: ends.closed,
  };
}
