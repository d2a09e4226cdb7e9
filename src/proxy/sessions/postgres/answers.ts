import { server } from "../../../wire/postgres/message-types.ts";
import { int32At } from "../../../wire/postgres/int32.ts";
import { readError } from "../../../wire/postgres/read-fields.ts";
import type { ServerReader } from "../../../wire/postgres/server-reader.ts";
import { stripChannelBinding } from "../../../wire/postgres/strip-channel-binding.ts";
import { latin1 } from "../../../wire/postgres/text.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { Book } from "./book.ts";
import type { Cycles } from "./cycles.ts";
import type { Outcomes } from "./outcomes.ts";
import type { StandIns } from "./stand-ins.ts";
import type { Unsettled } from "./unsettled.ts";

export interface AnswersOptions {
  readonly reader: ServerReader;
  readonly cycles: Cycles;
  readonly book: Book<SqlJudgement>;
  readonly outcomes: Outcomes;
  readonly standIns: StandIns;
  readonly unsettled: Readonly<Unsettled>;
}

/** What is read of the server's answers only while somebody waits for one. */
const read = [
  server.commandComplete,
  server.emptyQueryResponse,
  server.portalSuspended,
  server.functionCallResponse,
  server.closeComplete,
] as const;

/** In place of the server's `SCRAM channel binding negotiation error`, which speaks of an attack and names no way in. */
const channelBindingRefused = errorResponse({
  severity: "FATAL",
  code: "28000",
  message:
    "the server takes no login that could be bound to the TLS channel and is not: the channel ends at custody",
  hint: "connect with channel_binding=disable (PGCHANNELBINDING=disable)",
});

/** What the server's answers say of what is open: whoever follows a statement is told, and what is a stand-in's is replaced. */
export class Answers {
  /** Whether completions are read: only while somebody waits for one. */
  areRead = false;
  readonly #options: AnswersOptions;
  /** Until the client is in: the offer to bind its login to the channel was taken out. */
  #isUnbound = false;
  #failedCycle = -1;

  constructor(options: AnswersOptions) {
    this.#options = options;
    for (const type of [
      server.authentication,
      server.backendKeyData,
      server.parameterStatus,
      server.readyForQuery,
      server.errorResponse,
      server.copyInResponse,
    ])
      options.reader.want(type, true);
  }

  /** Reads completions from now on, or not any more. */
  readMore(): void {
    const { outcomes, unsettled, reader } = this.#options;
    const isWaited = outcomes.isFollowing() || unsettled.standIns > 0;
    if (isWaited === this.areRead) return;
    this.areRead = isWaited;
    for (const type of read) reader.want(type, isWaited);
  }

  /** Of the type `authentication`. Null: it goes on as it is. */
  authenticated(bytes: Uint8Array, from: number, to: number): Uint8Array | null {
    const stripped = stripChannelBinding(bytes, from, to);
    const isIn = int32At(bytes, from + 5) === 0;
    this.#isUnbound = stripped !== null || (this.#isUnbound && !isIn);
    if (isIn) this.#options.reader.want(server.authentication, false);
    return stripped;
  }

  /** An error, or a completion. Null: it goes on as it is. */
  followed(type: number, bytes: Uint8Array, from: number, to: number): Uint8Array | null {
    const { cycles, reader, outcomes, standIns, unsettled } = this.#options;
    const cycle = cycles.answering();
    const isError = type === server.errorResponse;
    if (isError) {
      this.#failedCycle = cycle;
      cycles.failed(() => readError(bytes, from, to).code);
    }
    if (isError && this.#isUnbound && readError(bytes, from, to).code === "28000")
      return channelBindingRefused;
    const instead =
      unsettled.standIns === 0
        ? null
        : standIns.answerTo(type, bytes.subarray(from, to), cycle, reader.closes - 1);
    if (outcomes.isFollowing()) {
      if (isError) outcomes.failed(cycle, reader.completions, readError(bytes, from, to));
      else if (type !== server.closeComplete)
        outcomes.completed(cycle, reader.completions - 1, tagOf(type, bytes, from, to));
    }
    return instead;
  }

  /** The server is ready again, with this status. */
  settle(status: string): void {
    const { cycles, outcomes, standIns, book } = this.#options;
    const cycle = cycles.answering() - 1;
    outcomes.ready(cycle, status);
    standIns.ready(cycle);
    book.answered(cycle, this.#failedCycle === cycle);
    this.readMore();
  }
}

/** What the server says it has done. A FunctionCallResponse says nothing: what it holds is the function's own value. */
function tagOf(type: number, bytes: Uint8Array, from: number, to: number): string {
  return type === server.commandComplete ? latin1(bytes, from + 5, Math.max(from + 5, to - 1)) : "";
}
