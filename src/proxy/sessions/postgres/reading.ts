import type { Destruction } from "../../../destruction/destruction.ts";
import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { SqlState } from "../../../destruction/sql/wire/sql-state.ts";
import { int32At } from "../../../wire/postgres/int32.ts";
import { client } from "../../../wire/postgres/message-types.ts";
import type { Sent } from "../../../wire/postgres/tallies.ts";
import { cstringAt, keptName, latin1, readable } from "../../../wire/postgres/text.ts";
import type { Book } from "./book.ts";
import type { Cycles } from "./cycles.ts";
import { createDeciding } from "./deciding.ts";
import type { Deciding } from "./deciding.ts";
import { judgeEither } from "./judge-either.ts";
import { largeObjectCalls } from "./large-object-calls.ts";
import { createLongText } from "./long-text.ts";
import { meaningOf } from "./meaning-of.ts";
import type { Outcomes } from "./outcomes.ts";
import { mayHaveSet, mayRunWhenPlanned } from "./planned.ts";
import type { RelayOptions } from "./relay.ts";
import { unknownStatement } from "./sight.ts";
import type { StandIns } from "./stand-ins.ts";
import type { Unsettled } from "./unsettled.ts";

export interface ReadingOptions extends RelayOptions {
  readonly book: Book<SqlJudgement>;
  readonly outcomes: Outcomes;
  readonly standIns: StandIns;
  readonly cycles: Cycles;
  readonly unsettled: Readonly<Unsettled>;
  readonly sent: Readonly<Sent>;
  /** Of the last ReadyForQuery; empty before the first. */
  readonly status: () => string;
  /** A notice for the client, when a message may stand there. */
  readonly tell: (notice: Uint8Array) => void;
  /** Goes on behind the message that it stopped at, which is sent as it is (null), or as something else. */
  readonly release: (instead: Uint8Array | null) => void;
  /** Ends the session with an error. */
  readonly fail: (code: string, message: string) => void;
}

/** Text that holds a NUL, or does not end with one: the server takes it for an invalid message, and so does custody. */
const invalidText = { code: "08P01", message: "a text that holds a NUL byte", detail: "", hint: "" };

type LongTexts = ReturnType<typeof createLongText>;

/**
 * What a client's messages mean, and what becomes of those that matter. One object and no closures: what decides is made for the sessions
 * that need it.
 */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #sent: Readonly<Sent>;
  readonly #unsettled: Readonly<Unsettled>;
  /** A text is read only where it is suspect; all of an administrator's are, and a walsender's commands are no SQL. */
  readonly #isEachRead: boolean;
  readonly #state: { isStandardStrings: boolean; encoding: string } = {
    isStandardStrings: true,
    encoding: "UTF8",
  };
  /** Null until there is something to decide on. */
  #opened: Deciding | null = null;
  #long: LongTexts | null = null;
  /** The names of the last Bind, as bytes, that was found to mean nothing: most sessions send the same again and again. */
  #usual: Uint8Array | null = null;
  #usualChanges = -1;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#sent = options.sent;
    this.#unsettled = options.unsettled;
    this.#isEachRead = options.isAdmin || options.isReplication;
  }

  message(type: number, bytes: Uint8Array, from: number, to: number): boolean {
    try {
      return this.#look(type, bytes, from, to);
    } catch (error) {
      return this.#deciding.refuseBug(type, error);
    }
  }

  piece(type: number, piece: Uint8Array, isFirst: boolean, isLast: boolean): boolean {
    this.#long ??= createLongText({ ...this.#options, state: this.#state });
    return this.#long.piece(type, piece, isFirst, isLast);
  }

  setParameter(parameter: { readonly name: string; readonly value: string } | null): void {
    if (parameter?.name === "client_encoding") this.#state.encoding = parameter.value.toUpperCase();
    if (parameter?.name === "standard_conforming_strings")
      this.#state.isStandardStrings = parameter.value === "on";
  }

  isStopped(): boolean {
    return this.#opened !== null && this.#opened.isStopped();
  }

  cancel(): "cancelled" | "refused" | "forward" {
    return this.#opened === null ? "forward" : this.#opened.cancel();
  }

  /** The client is. */
  gone(): void {
    this.#opened?.gone();
  }

  get #deciding(): Deciding {
    this.#opened ??= createDeciding(this.#options);
    return this.#opened;
  }

  #look(type: number, bytes: Uint8Array, from: number, to: number): boolean {
    switch (type) {
      case client.query:
        return this.#query(bytes, from, to);
      case client.parse:
        return this.#parse(bytes, from, to);
      case client.bind:
        return this.#bind(bytes, from, to);
      case client.execute:
        return this.#execute(bytes, from, to);
      case client.close:
        return this.#close(bytes, from, to);
      case client.functionCall:
        return this.#functionCall(bytes, from, to);
      case client.copyData:
      case client.copyDone:
      case client.copyFail:
        this.#options.cycles.copySent(type !== client.copyData);
        return true;
      default:
        return true;
    }
  }

  #query(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#isBehindExtended("Query")) return false;
    const start = from + 5;
    const end = to - 1;
    if (bytes.indexOf(0, start) !== end) return this.#deciding.refuse(client.query, invalidText);
    if (!this.#isEachRead && !this.#options.recogniser.isSuspect(bytes, start, end)) return true;
    const text = bytes.subarray(start, end);
    if (this.#isUnsure(text)) return this.#deciding.run(client.query, () => [this.#judge(text)]);
    const judgement = this.#judge(text);
    return isNothing(judgement) || this.#deciding.run(client.query, () => [judgement]);
  }

  #parse(bytes: Uint8Array, from: number, to: number): boolean {
    const { book, cycles, isAdmin, recogniser } = this.#options;
    const name = cstringAt(bytes, from + 5, to);
    const nul = name === null ? -1 : bytes.indexOf(0, name.next);
    // What stands behind the text are a count and that many oids: the server checks them.
    if (name === null || nul < 0 || nul >= to) return this.#deciding.refuse(client.parse, invalidText);
    if (!isAdmin && !recogniser.isSuspect(bytes, name.next, nul)) {
      book.prepare(keptName(name.text), null, cycles.sending());
      return true;
    }
    const text = bytes.subarray(name.next, nul);
    // What was run before it in this cycle may have set how it is read, and the server tells that at the cycle's end.
    const isSet = mayHaveSet(this.#sent);
    const prepare = (): void => {
      const judgement =
        isSet && recogniser.dependsOnState(text)
          ? judgeEither(text, this.#state, (given, state) => this.#judge(given, state))
          : this.#judge(text);
      book.prepare(keptName(name.text), isNothing(judgement) ? null : judgement, cycles.sending());
    };
    if (this.#isUnsure(text)) return this.#deciding.wait(prepare);
    prepare();
    return true;
  }

  #bind(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#isUsual(bytes, from + 5, to)) return true;
    const { book, cycles } = this.#options;
    const portal = cstringAt(bytes, from + 5, to);
    const name = portal === null ? null : cstringAt(bytes, portal.next, to);
    if (portal === null || name === null) return this.#deciding.refuse(client.bind, invalidText);
    if (book.isHarmless(keptName(name.text)) && this.#unsettled.portals === 0) {
      this.#usual = Uint8Array.from(bytes.subarray(from + 5, name.next));
      this.#usualChanges = this.#unsettled.changes;
      return true;
    }
    const bound = known(book.statement(keptName(name.text), cycles.sending()), name.text);
    // The portal that has no name is asked about once, and not again at its Execute.
    const isPlanned = portal.text === "" && this.#mayRunWhenBound(keptName(name.text), bound);
    book.bind(keptName(portal.text), isPlanned ? [] : bound, cycles.sending());
    if (isPlanned) return this.#deciding.run(client.bind, () => bound, true);
    // FETCH and MOVE of SQL run a portal that has a name, and no Execute is seen.
    const mayBeFetched = portal.text !== "" && bound.some(isFetched);
    return !mayBeFetched || this.#deciding.run(client.bind, () => bound);
  }

  /** Only functions that an administrator calls are asked about. */
  #mayRunWhenBound(name: string, bound: readonly SqlJudgement[]): boolean {
    const { book, isAdmin } = this.#options;
    return isAdmin && bound.some(mayRunWhenPlanned) && !book.isAbsent(name);
  }

  #isUsual(bytes: Uint8Array, from: number, to: number): boolean {
    const usual = this.#usual;
    if (usual === null || this.#usualChanges !== this.#unsettled.changes || to - from < usual.length)
      return false;
    for (let at = 0; at < usual.length; at += 1) if (bytes[from + at] !== usual[at]) return false;
    return true;
  }

  #execute(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#unsettled.portals === 0) return true;
    const { book, cycles } = this.#options;
    const portal = cstringAt(bytes, from + 5, to);
    if (portal === null) return this.#deciding.refuse(client.execute, invalidText);
    // What is not answered yet may have bound it to something else: once it is, it is looked up anew.
    const meanings = (): readonly SqlJudgement[] =>
      known(book.portal(keptName(portal.text), cycles.sending()), portal.text);
    return meanings().length === 0 || this.#deciding.run(client.execute, meanings);
  }

  #close(bytes: Uint8Array, from: number, to: number): boolean {
    const { book, cycles } = this.#options;
    if (to - from < 7) return this.#deciding.refuse(client.close, invalidText);
    const name = keptName(latin1(bytes, from + 6, to - 1));
    if (bytes[from + 5] === 0x53) book.close(name, cycles.sending());
    else book.closePortal(name, cycles.sending());
    return true;
  }

  #functionCall(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#isBehindExtended("FunctionCall")) return false;
    const oid = to - from < 9 ? 0 : int32At(bytes, from + 5) >>> 0;
    if (largeObjectCalls.has(oid)) return true;
    const called: Destruction = {
      kind: "opaque",
      what: "FunctionCall",
      names: [String(oid)],
      at: 0,
      certainty: "likely",
    };
    return this.#deciding.run(client.functionCall, () => [meaningOf([called])]);
  }

  /** Behind an error among these the server would skip it, and not answer. */
  #isBehindExtended(what: string): boolean {
    if (this.#sent.extended === this.#sent.extendedBefore) return false;
    this.#options.fail("08P01", `a ${what} behind messages of the extended protocol that no Sync ended`);
    return true;
  }

  /** Whether its meaning could change by what the server has not answered yet: then it is read when that is known. */
  #isUnsure(text: Uint8Array): boolean {
    const { cycles, recogniser } = this.#options;
    return cycles.answering() < cycles.sending() && recogniser.dependsOnState(text);
  }

  #judge(text: Uint8Array, state: SqlState = this.#state): SqlJudgement {
    const { recogniser, isReplication } = this.#options;
    return isReplication ? recogniser.judgeReplication(text, state) : recogniser.judge(text, state);
  }
}

function known(meanings: readonly SqlJudgement[] | "unknown", name: string): readonly SqlJudgement[] {
  return meanings === "unknown" ? [meaningOf([unknownStatement(readable(name))])] : meanings;
}

function isNothing({ destructions, effects }: SqlJudgement): boolean {
  return destructions.length === 0 && effects.length === 0;
}

/** Whether what runs it may be a FETCH: commands without rows are run by Execute alone. */
function isFetched({ destructions, effects }: SqlJudgement): boolean {
  const isQuiet = effects.every(({ type }) => type !== "execute" && type !== "plan" && type !== "set-role");
  return !isQuiet || destructions.some(({ what }) => !/^(?:DROP|TRUNCATE|ALTER|REASSIGN) /.test(what));
}
