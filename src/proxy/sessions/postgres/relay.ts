import { ClientReader } from "../../../wire/postgres/client-reader.ts";
import type { ClientSink } from "../../../wire/postgres/client-reader.ts";
import { server } from "../../../wire/postgres/message-types.ts";
import { readParameter } from "../../../wire/postgres/read-fields.ts";
import { ServerReader } from "../../../wire/postgres/server-reader.ts";
import type { ServerSink } from "../../../wire/postgres/server-reader.ts";
import { latin1 } from "../../../wire/postgres/text.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import type { ErrorFields } from "../../../wire/postgres/write-server.ts";
import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { Connection } from "../connection.ts";
import type { SessionContext, Speaker } from "../ports.ts";
import { Answers } from "./answers.ts";
import { createBook } from "./book.ts";
import { Cycles } from "./cycles.ts";
import { createOutcomes } from "./outcomes.ts";
import type { Outcomes } from "./outcomes.ts";
import { ClientEnd, ServerEnd } from "./relay-ends.ts";
import type { BothEnds } from "./relay-ends.ts";
import type { SqlRecogniser } from "./recogniser.ts";
import { Reading } from "./reading.ts";
import { createStandIns } from "./stand-ins.ts";
import { isUnsettled, nothingUnsettled } from "./unsettled.ts";
import type { Unsettled } from "./unsettled.ts";

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

/** More than this behind a statement that is held is no client that waits. */
const mostWaiting = 1 << 18;

const drained: ErrorFields = {
  severity: "FATAL",
  code: "57P01",
  message: "terminating connection due to administrator command",
  detail: "custody is stopping",
};

/**
 * A session whose start-up is on its way to the server, both ways, until one side ends it. What every statement of every session goes
 * through is a few objects without closures, and looks at what is open only where something is: with many sessions at a time, the memory
 * that a statement touches is what it costs.
 */
export class Relay implements BothEnds, ClientSink, ServerSink {
  readonly #client: Connection;
  readonly #server: Connection;
  readonly #options: RelayOptions;
  readonly #fromClient: ClientReader;
  readonly #fromServer: ServerReader;
  readonly #cycles: Cycles;
  readonly #unsettled: Unsettled = nothingUnsettled();
  readonly #reading: Reading;
  readonly #answers: Answers;
  readonly #outcomes: Outcomes;
  readonly #closed = Promise.withResolvers<void>();
  /** Of the last ReadyForQuery; 0 before the first. */
  #status = 0;
  #isServerFull = false;
  #isOver = false;
  #isDraining = false;
  /** The client sends no more, and still waits for answers. */
  #isLeaving = false;
  /** Until a message may stand there. */
  #notices: Uint8Array[] | null = null;
  #openSides = 2;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#server = options.server;
    this.#fromClient = new ClientReader(this, options.context.limits);
    this.#fromServer = new ServerReader(this);
    this.#cycles = new Cycles(this.#fromClient, this.#fromServer, () =>
      this.#fail("08P01", "data of a COPY that custody cannot tell from what is behind them"),
    );
    this.#outcomes = createOutcomes(this.#unsettled);
    const parts = {
      cycles: this.#cycles,
      book: createBook<SqlJudgement>(this.#unsettled),
      outcomes: this.#outcomes,
      standIns: createStandIns(this.#unsettled),
      unsettled: this.#unsettled,
    };
    this.#answers = new Answers({ ...parts, reader: this.#fromServer });
    this.#reading = new Reading({
      ...options,
      ...parts,
      sent: this.#fromClient,
      status: () => String.fromCharCode(this.#status),
      tell: (notice) => this.#tell(notice),
      release: (instead) => this.#release(instead),
      fail: (code, message) => this.#fail(code, message),
    });
    this.#client.handle(new ClientEnd(this));
    this.#server.handle(new ServerEnd(this));
  }

  /** Resolves when both sides are closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** From the client; also what it sent before its relay was open. */
  push(bytes: Uint8Array): void {
    this.#fromClient.push(bytes);
    if (this.#fromClient.waiting > mostWaiting && this.#reading.isStopped())
      this.#fail("54000", "too much was sent behind a statement that is held");
  }

  /** From the server. */
  take(bytes: Uint8Array): void {
    this.#fromServer.push(bytes);
    if (this.#notices !== null) this.#tellNotices();
  }

  /** What the client asked for to be cancelled. `forward`: nothing of custody's is to be cancelled, and the server may be asked. */
  cancel(): "cancelled" | "refused" | "forward" {
    return this.#reading.cancel();
  }

  message(type: number, bytes: Uint8Array, from: number, to: number): boolean {
    return this.#reading.message(type, bytes, from, to);
  }

  piece(type: number, piece: Uint8Array, isFirst: boolean, isLast: boolean): boolean {
    return this.#reading.piece(type, piece, isFirst, isLast);
  }

  toServer(bytes: Uint8Array): void {
    if (this.#isOver || this.#server.write(bytes)) return;
    this.#isServerFull = true;
    this.#client.pause();
  }

  invalid(reason: string): void {
    this.#fail("08P01", `invalid message: ${reason}`);
  }

  answer(type: number, bytes: Uint8Array, from: number, to: number): "pass" | Uint8Array {
    switch (type) {
      case server.readyForQuery:
        this.#ready(bytes[from + 5] ?? 0);
        return "pass";
      case server.parameterStatus:
        this.#reading.setParameter(readParameter(bytes, from, to));
        return "pass";
      case server.copyInResponse:
        this.#cycles.copyBegan();
        return "pass";
      case server.backendKeyData:
        this.#options.onKey(latin1(bytes, from + 5, to));
        return "pass";
      case server.authentication:
        return this.#answers.authenticated(bytes, from, to) ?? "pass";
      default:
        return this.#answers.followed(type, bytes, from, to) ?? "pass";
    }
  }

  toClient(bytes: Uint8Array): void {
    if (!this.#client.write(bytes)) this.#server.pause();
  }

  invalidAnswer(reason: string): void {
    const { context } = this.#options;
    context.warn(`the server of ${context.target} sent ${reason}`);
    this.end();
  }

  clientDrained(): void {
    this.#server.resume();
  }

  serverDrained(): void {
    this.#isServerFull = false;
    this.#client.resume();
  }

  /** Of a client that sends no more: once the server has answered what it can. A statement that is held is nobody's any more. */
  leave(): void {
    if (this.#isAnswered() || this.#cycles.isCopying() || this.#reading.isStopped()) this.end();
    else this.#isLeaving = true;
  }

  /** Ends it as soon as it is idle, or now. */
  drain(): void {
    this.#isDraining = true;
    this.#drainNow();
  }

  /** Sends what is queued, and closes both sides. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reading.gone();
    this.#client.end();
    this.#server.end();
  }

  destroy(): void {
    // Whose time is over in the middle of something is told why, as far as what is written now still goes out.
    if (this.#isDraining) this.#fatal(drained);
    this.end();
    this.#client.destroy();
    this.#server.destroy();
  }

  /** One of the two sides is closed. */
  over(): void {
    this.#openSides -= 1;
    this.end();
    if (this.#openSides > 0) return;
    this.#outcomes.lost();
    this.#closed.resolve();
  }

  #ready(status: number): void {
    this.#status = status;
    if (isUnsettled(this.#unsettled) || this.#answers.areRead)
      this.#answers.settle(String.fromCharCode(status));
    this.#cycles.ready();
    if (this.#isDraining) queueMicrotask(() => this.#drainNow());
    if (this.#isLeaving) queueMicrotask(() => this.leave());
  }

  #release(instead: Uint8Array | null): void {
    if (this.#isOver) return;
    this.#answers.readMore();
    this.#fromClient.release(instead);
    if (!this.#isServerFull) this.#client.resume();
  }

  #tell(notice: Uint8Array): void {
    (this.#notices ??= []).push(notice);
    this.#tellNotices();
  }

  #tellNotices(): void {
    if (this.#notices === null || this.#isOver || !this.#fromServer.isAtBoundary()) return;
    for (const bytes of this.#notices) this.#client.write(bytes);
    this.#notices = null;
  }

  #isAnswered(): boolean {
    return this.#cycles.answering() === this.#cycles.sending() && this.#fromServer.isAtBoundary();
  }

  #drainNow(): void {
    const isIdle = this.#status === idle && !this.#reading.isStopped() && this.#isAnswered();
    if (isIdle && !this.#isOver) this.#fatal(drained);
  }

  #fail(code: string, message: string): void {
    this.#fatal({ severity: "FATAL", code, message });
  }

  #fatal(fields: ErrorFields): void {
    if (this.#isOver) return;
    if (this.#fromServer.isAtBoundary()) this.#client.write(errorResponse(fields));
    this.end();
  }
}

/** `I`: outside of a transaction. */
const idle = 0x49;
