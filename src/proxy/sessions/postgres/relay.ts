import { server } from "../../../wire/postgres/message-types.ts";
import { createClientReader } from "../../../wire/postgres/client-reader.ts";
import { readError, readParameter } from "../../../wire/postgres/read-fields.ts";
import { createServerReader } from "../../../wire/postgres/server-reader.ts";
import { stripChannelBinding } from "../../../wire/postgres/strip-channel-binding.ts";
import { int32At } from "../../../wire/postgres/int32.ts";
import { latin1 } from "../../../wire/postgres/text.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import type { ErrorFields } from "../../../wire/postgres/write-server.ts";
import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { Connection } from "../connection.ts";
import type { SessionContext, Speaker } from "../ports.ts";
import { createBook } from "./book.ts";
import { createCycles } from "./cycles.ts";
import { createOutcomes } from "./outcomes.ts";
import type { SqlRecogniser } from "./recogniser.ts";
import { createReading } from "./reading.ts";
import { createStandIns } from "./stand-ins.ts";

export interface RelayOptions {
  readonly client: Connection;
  readonly server: Connection;
  readonly context: SessionContext;
  /** As it is now: roles that it took on are added by the session itself. */
  readonly speaker: () => Speaker;
  readonly takeOn: (role: string) => void;
  readonly recogniser: SqlRecogniser;
  readonly isAdmin: boolean;
  readonly isReplication: boolean;
  /** The server told how this session is cancelled: process id and secret, one character a byte. */
  readonly onKey: (key: string) => void;
}

/** A session whose start-up is on its way to the server, both ways, until one side ends it. */
export interface Relay {
  /** What the client sent before its relay was open. */
  push(bytes: Uint8Array): void;
  /** What the client asked for to be cancelled. False: nothing of custody's is to be cancelled, and the server may be asked. */
  cancel(): "cancelled" | "refused" | "forward";
  /** Ends it as soon as it is idle, or now. */
  drain(): void;
  destroy(): void;
  readonly closed: Promise<void>;
}

/** More than this behind a statement that is held is no client that waits. */
const mostWaiting = 1 << 18;

/** What is read of the server's answers only while somebody waits for one. */
const read = [
  server.commandComplete,
  server.emptyQueryResponse,
  server.portalSuspended,
  server.closeComplete,
] as const;

const drained: ErrorFields = {
  severity: "FATAL",
  code: "57P01",
  message: "terminating connection due to administrator command",
  detail: "custody is stopping",
};

/** In place of the server's `SCRAM channel binding negotiation error`, which speaks of an attack and names no way in. */
const channelBindingRefused = errorResponse({
  severity: "FATAL",
  code: "28000",
  message:
    "the server takes no login that could be bound to the TLS channel and is not: the channel ends at custody",
  hint: "connect with channel_binding=disable (PGCHANNELBINDING=disable)",
});

export function openRelay(options: RelayOptions): Relay {
  const { context } = options;
  const closed = Promise.withResolvers<void>();
  let open = 2;
  let isOver = false;
  let isDraining = false;
  let isServerFull = false;
  /** The client sends no more, and still waits for answers. */
  let isLeaving = false;
  /** Until it is in: the offer to bind its login to the channel was taken out. */
  let isUnbound = false;
  let status = "";
  let failedCycle = -1;
  /** Counts of the server's messages when it was last ready. */
  const atReady = { completions: 0, closes: 0 };
  let areAnswersRead = false;
  const book = createBook<SqlJudgement>();
  const outcomes = createOutcomes();
  const standIns = createStandIns();
  const notices: Uint8Array[] = [];

  const fromClient = createClientReader(
    {
      message: (type, bytes, from, to) => reading.message(type, bytes, from, to),
      piece: (type, piece, isFirst, isLast) => reading.piece(type, piece, isFirst, isLast),
      forward(bytes) {
        if (isOver || options.server.write(bytes)) return;
        isServerFull = true;
        options.client.pause();
      },
      invalid: (reason) => fail("08P01", `invalid message: ${reason}`),
    },
    context.limits,
  );
  const fromServer = createServerReader({
    message: take,
    forward(bytes) {
      if (!options.client.write(bytes)) options.server.pause();
    },
    invalid: (reason) => {
      context.warn(`the server of ${context.target} sent ${reason}`);
      end();
    },
  });
  const { answered } = fromServer;
  const cycles = createCycles(fromClient.sent, answered, () =>
    fail("08P01", "data of a COPY that custody cannot tell from what is behind them"),
  );
  const reading = createReading({
    ...options,
    book,
    outcomes,
    standIns,
    cycles,
    sent: fromClient.sent,
    status: () => status,
    tell(bytes) {
      notices.push(bytes);
      tellNotices();
    },
    release(instead) {
      if (isOver) return;
      wantMore();
      fromClient.release(instead);
      if (!isServerFull) options.client.resume();
    },
    fail,
  });
  for (const type of [
    server.authentication,
    server.backendKeyData,
    server.parameterStatus,
    server.readyForQuery,
    server.errorResponse,
    server.copyInResponse,
  ])
    fromServer.want(type, true);

  /** Completions are read only while somebody waits for one. */
  function wantMore(): void {
    const isWaited = outcomes.isFollowing() || !standIns.isEmpty();
    if (isWaited === areAnswersRead) return;
    areAnswersRead = isWaited;
    for (const type of read) fromServer.want(type, isWaited);
  }

  function take(type: number, bytes: Uint8Array, from: number, to: number): "pass" | Uint8Array | null {
    switch (type) {
      case server.authentication:
        return authenticated(bytes, from, to) ?? "pass";
      case server.backendKeyData:
        options.onKey(latin1(bytes, from + 5, to));
        return "pass";
      case server.parameterStatus:
        reading.setParameter(readParameter(bytes, from, to));
        return "pass";
      case server.readyForQuery:
        ready(String.fromCharCode(bytes[from + 5] ?? 0));
        return "pass";
      case server.copyInResponse:
        cycles.copyBegan();
        return "pass";
      default:
        return followed(type, bytes, from, to);
    }
  }

  function authenticated(bytes: Uint8Array, from: number, to: number): Uint8Array | null {
    const stripped = stripChannelBinding(bytes, from, to);
    isUnbound = stripped !== null || (isUnbound && int32At(bytes, from + 5) !== 0);
    if (int32At(bytes, from + 5) === 0) fromServer.want(server.authentication, false);
    return stripped;
  }

  function followed(type: number, bytes: Uint8Array, from: number, to: number): "pass" | Uint8Array {
    const cycle = cycles.answering();
    const closes = answered.closes - atReady.closes - 1;
    const isError = type === server.errorResponse;
    if (isError) {
      failedCycle = cycle;
      cycles.failed(() => readError(bytes, from, to).code);
    }
    if (isError && isUnbound && readError(bytes, from, to).code === "28000") return channelBindingRefused;
    const instead = standIns.isEmpty()
      ? null
      : standIns.answerTo(type, bytes.subarray(from, to), cycle, closes);
    if (outcomes.isFollowing()) {
      const execute = answered.completions - atReady.completions;
      if (isError) outcomes.failed(cycle, execute, readError(bytes, from, to));
      else if (type !== server.closeComplete)
        outcomes.completed(cycle, execute - 1, latin1(bytes, from + 5, Math.max(from + 5, to - 1)));
    }
    return instead ?? "pass";
  }

  function ready(now: string): void {
    status = now;
    const cycle = cycles.answering() - 1;
    outcomes.ready(cycle, now);
    standIns.ready(cycle);
    book.answered(cycle, failedCycle === cycle);
    atReady.completions = answered.completions;
    atReady.closes = answered.closes;
    wantMore();
    cycles.ready();
    if (isDraining) queueMicrotask(drainNow);
    if (isLeaving) queueMicrotask(leave);
  }

  function tellNotices(): void {
    if (notices.length === 0 || isOver || !fromServer.isAtBoundary()) return;
    for (const bytes of notices.splice(0)) options.client.write(bytes);
  }

  function isIdle(): boolean {
    return status === "I" && !reading.isStopped() && cycles.answering() === cycles.sending();
  }
  function drainNow(): void {
    if (!isOver && isIdle() && fromServer.isAtBoundary()) fatal(drained);
  }

  function fail(code: string, message: string): void {
    fatal({ severity: "FATAL", code, message });
  }
  function fatal(fields: ErrorFields): void {
    if (isOver) return;
    if (fromServer.isAtBoundary()) options.client.write(errorResponse(fields));
    end();
  }
  /** Sends what is queued, and closes both sides. */
  function end(): void {
    if (isOver) return;
    isOver = true;
    reading.gone();
    options.client.end();
    options.server.end();
  }

  /** Of a client that sends no more: once the server has answered what it can. A statement that is held is nobody's any more. */
  function leave(): void {
    const isAnswered = cycles.answering() === cycles.sending() && fromServer.isAtBoundary();
    if (isAnswered || cycles.isCopying() || reading.isStopped()) end();
    else isLeaving = true;
  }

  function over(): void {
    open -= 1;
    end();
    if (open > 0) return;
    outcomes.lost();
    closed.resolve();
  }

  const push = (bytes: Uint8Array): void => {
    fromClient.push(bytes);
    if (reading.isStopped() && fromClient.waiting() > mostWaiting)
      fail("54000", "too much was sent behind a statement that is held");
  };
  options.client.handle({ data: push, drained: () => options.server.resume(), ended: leave, closed: over });
  options.server.handle({
    data(bytes) {
      fromServer.push(bytes);
      tellNotices();
    },
    drained() {
      isServerFull = false;
      options.client.resume();
    },
    ended: end,
    closed: over,
  });

  return {
    push,
    cancel: () => reading.cancel(),
    drain() {
      isDraining = true;
      drainNow();
    },
    destroy() {
      end();
      options.client.destroy();
      options.server.destroy();
    },
    closed: closed.promise,
  };
}
