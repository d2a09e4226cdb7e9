import { find, MalformedBson, textOf } from "../../../wire/mongo/bson.ts";
import { asBuffer } from "../../../wire/gather.ts";
import { clientInterest } from "../../../wire/mongo/client-interest.ts";
import { longestMessage, opcodes } from "../../../wire/mongo/opcodes.ts";
import { readMessage } from "../../../wire/mongo/read-message.ts";
import type { Message } from "../../../wire/mongo/read-message.ts";
import { openReader } from "../../../wire/mongo/reader.ts";
import type { Piece } from "../../../wire/mongo/reader.ts";
import { openUsedNumbers } from "../../../wire/mongo/used-numbers.ts";
import { stripCompression } from "../../../wire/mongo/strip-compression.ts";
import type { Connection } from "../connection.ts";
import { joinEnds } from "../join-ends.ts";
import type { RunningSession, SessionContext, Speaker, WireRefusal } from "../ports.ts";
import { openRequests } from "./open-requests.ts";
import { isHello, readCredentials } from "./read-credentials.ts";
import type { Credentials } from "./read-credentials.ts";
import { openLoginProof } from "./login-proof.ts";
import { openServerSide } from "./server-side.ts";
import { errors, writeFailure, writeRefusal } from "./write-answer.ts";

type Judged = Extract<Piece<Message>, { kind: "judge" }>;

/** Names that one connection may log in by: what a login leaves of those before it only the server knows. */
const mostRoles = 64;

const tooManyNames: WireRefusal = {
  code: null,
  message: "custody: too many names on one connection",
  detail: "",
  hint: "connect anew",
};

const unnamed: WireRefusal = {
  code: null,
  message: "custody: this mechanism of authentication does not say who logs in",
  detail: "",
  hint: "log in with SCRAM-SHA-256, SCRAM-SHA-1, PLAIN or MONGODB-X509",
};

/**
 * A session of MongoDB. The gate is asked before the server is dialled, for the user where the first message names one; and for every user that
 * logs in later, before its message is sent on. Who sends anything but hellos without one is asked for as nobody. No compressor is agreed on, so that every message can be read; all else passes as
 * it came, but for what destroys. While something is decided the connection waits: clients keep pools of them. A listener with a certificate takes no
 * client in clear.
 */
export function openMongoSession(client: Connection, context: SessionContext): RunningSession {
  const gone = new AbortController();
  const { limits, gate } = context;
  let speaker: Speaker = {
    sessionId: context.sessionId,
    listener: context.listener,
    target: context.target,
    protocol: "mongo",
    role: "",
    isAdmin: false,
    otherRoles: [],
    database: "",
    peer: client.peer,
    certificate: client.certificate,
    applicationName: "",
  };
  let isDialled = false;
  /** The gate was asked for its user, or for nobody where it sent something else than hellos first. */
  let isNamed = false;
  let isOver = false;
  let awaitsTls = client.offersTls;
  const numbers = openUsedNumbers();
  /** Of the message that is being taken. */
  let isNumberNew = true;
  const reader = openReader(
    clientInterest(limits.wholeBytes, (requestId) => void numbers.use(requestId)),
    Math.min(longestMessage, limits.messageBytes),
  );

  const ends = joinEnds(client, {
    client(bytes) {
      if (awaitsTls) void secure(bytes);
      else {
        reader.push(bytes);
        pump();
      }
    },
    released: () => pump(),
    server: (bytes) => serverSide.push(bytes),
    gone() {
      isOver = true;
      clearTimeout(startup);
      context.drain.removeEventListener("abort", endWhenIdle);
      gone.abort();
      serverSide.close();
    },
  });
  const serverSide = openServerSide(ends, context.warn);
  const proof = openLoginProof(serverSide);
  const endWhenIdle = (): void => {
    if (requests.isIdle && reader.isBetween && reader.held === 0) ends.finish();
  };
  const requests = openRequests({
    ends,
    serverSide,
    decider: context.decider,
    signal: gone.signal,
    warn: context.warn,
    decided() {
      if (context.drain.aborted) endWhenIdle();
    },
  });

  const secure = async (first: Uint8Array): Promise<void> => {
    ends.hold();
    awaitsTls = false;
    try {
      const secured = await client.acceptTls(first);
      speaker = { ...speaker, certificate: secured.certificate };
      ends.replaceClient(secured);
      ends.release();
    } catch (error) {
      context.warn(messageOf(error));
      ends.destroy();
    }
  };

  /** Who was let in as somebody, or as nobody yet, may try again as somebody else. */
  const refuse = (message: Message, refusal: WireRefusal): void => {
    requests.answer(message, writeRefusal(message, refusal, errors.authenticationFailed));
    if (!isDialled) ends.finish();
  };
  /** Holds the client until it is known whether this speaker may go on, and dials where that was not done yet. */
  const admit = async (
    next: Speaker,
    message: Message,
    { isUnnamed, isLast }: { readonly isUnnamed: boolean; readonly isLast: boolean },
    then: () => void,
  ): Promise<void> => {
    ends.hold();
    const asked = { isReplication: false, roles: next.otherRoles, isUnnamed };
    const admission = await gate.admit(next, asked);
    if (isOver) return;
    if (admission.kind === "refused") {
      refuse(message, admission.refusal);
      if (isLast) ends.finish();
      else ends.release();
      return;
    }
    speaker = { ...next, isAdmin: admission.isAdmin };
    isNamed ||= !isUnnamed;
    try {
      if (!isDialled) ends.attachServer(await context.dial(gone.signal));
    } catch (error) {
      if (isOver) return;
      context.warn(messageOf(error));
      requests.answer(
        message,
        writeFailure(message, errors.hostUnreachable, "custody: the server cannot be reached"),
      );
      ends.finish();
      return;
    }
    isDialled = true;
    clearTimeout(startup);
    then();
    ends.release();
  };

  const take = (piece: Exclude<Piece<Message>, { kind: "broken" }>): void => {
    if (piece.kind === "pass") ends.toServer(piece.bytes);
    if (piece.kind === "rest") requests.rest(piece.bytes);
    if (piece.kind !== "judge") return;
    const { command, opcode } = piece.seen;
    const isCommand = opcode === opcodes.message || opcode === opcodes.query;
    if (isCommand && command !== null && isHello(command.name)) {
      if (find(command.body, "speculativeAuthenticate") !== null) proof.watch(piece.seen);
      requests.send(stripCompression(piece.bytes, command));
    } else if (opcode === opcodes.message && command !== null && logsIn(command.name)) {
      proof.watch(piece.seen);
      requests.send(piece.bytes);
    } else {
      if (opcode !== opcodes.message) proof.giveUp();
      else if (command?.name === "saslContinue") proof.watch(piece.seen);
      else if (command?.name === "logout") proof.claim();
      requests.judge({ speaker, isProved: proof.isProved, isNumberNew }, piece.seen, piece.bytes);
    }
  };

  /** A hello, or what logs somebody in: read for who speaks before it is sent on. */
  const greet = (piece: Judged): void => {
    const { seen } = piece;
    const { command } = seen;
    let credentials: Credentials | "unknown" | null = null;
    let applicationName = speaker.applicationName;
    try {
      if (command !== null && seen.isWhole) {
        credentials = readCredentials(command, speaker.certificate);
        const about = isHello(command.name) ? find(command.body, "client") : null;
        applicationName = textOf(find(find(about, "application"), "name")) ?? applicationName;
      }
    } catch (error) {
      if (!(error instanceof MalformedBson)) throw error;
      credentials = "unknown";
    }
    if (!seen.isWhole || credentials === "unknown") {
      refuse(seen, unnamed);
      return;
    }
    if (credentials !== null) proof.claim();
    const next = {
      ...speaker,
      ...credentials,
      otherRoles: rolesBeside(credentials, speaker),
      applicationName,
    };
    if (next.otherRoles.length > mostRoles) {
      refuse(seen, tooManyNames);
      return;
    }
    if (credentials === null && isDialled) {
      speaker = next;
      take(piece);
    } else void admit(next, seen, { isUnnamed: credentials === null, isLast: false }, () => take(piece));
  };

  const admitAsNobody = (piece: Extract<Piece<Message>, { kind: "judge" | "pass" }>): void => {
    const seen = piece.kind === "judge" ? piece.seen : readMessage(asBuffer(piece.bytes), false);
    // Where a quiet command that is not sent ends is not known here.
    void admit(speaker, seen, { isUnnamed: false, isLast: piece.kind === "pass" }, () => take(piece));
  };

  const pump = (): void => {
    while (!ends.isHeld && !isOver) {
      const piece = reader.next();
      if (piece === null) return;
      if (piece.kind === "broken") {
        context.warn(`a client sent what is not understood: ${piece.why}`);
        ends.finish();
        return;
      }
      const seen = piece.kind === "judge" ? piece.seen : null;
      if (seen !== null) isNumberNew = numbers.use(seen.requestId);
      if (seen?.opcode === opcodes.compressed) {
        context.warn("a client sent a compressed message, though no compressor was agreed on");
        ends.finish();
        return;
      }
      if (piece.kind === "judge" && isGreeting(piece.seen)) greet(piece);
      else if (isNamed || piece.kind === "rest" || piece.kind === "note") take(piece);
      else admitAsNobody(piece);
    }
  };

  const startup = setTimeout(() => ends.finish(), limits.startupMs);
  context.drain.addEventListener("abort", endWhenIdle);
  ends.release();
  return {
    get speaker() {
      return speaker;
    },
    destroy: () => ends.destroy(),
    closed: ends.closed,
  };
}

/** A login that fails leaves the one before it, and older servers know one of each database at a time. */
function rolesBeside(
  credentials: Credentials | null,
  { role, otherRoles }: Pick<Speaker, "role" | "otherRoles">,
): readonly string[] {
  if (credentials === null) return otherRoles;
  const all = new Set([...credentials.otherRoles, role, ...otherRoles]);
  all.delete(credentials.role);
  all.delete("");
  return [...all];
}

function logsIn(name: string): boolean {
  return name === "saslStart" || name === "authenticate";
}

function isGreeting({ opcode, command }: Message): boolean {
  const isCommand = opcode === opcodes.message || opcode === opcodes.query;
  return isCommand && command !== null && (isHello(command.name) || logsIn(command.name));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
