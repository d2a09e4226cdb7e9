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
import { judgeEither } from "./judge-either.ts";
import { largeObjectCalls } from "./large-object-calls.ts";
import { createLongText } from "./long-text.ts";
import { meaningOf } from "./meaning-of.ts";
import type { Outcomes } from "./outcomes.ts";
import type { RelayOptions } from "./relay.ts";
import { unknownStatement } from "./sight.ts";
import type { StandIns } from "./stand-ins.ts";

export interface ReadingOptions extends RelayOptions {
  readonly book: Book<SqlJudgement>;
  readonly outcomes: Outcomes;
  readonly standIns: StandIns;
  readonly cycles: Cycles;
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

/** What a client's messages mean, and what becomes of those that matter. */
export interface Reading {
  message(type: number, bytes: Uint8Array, from: number, to: number): boolean;
  piece(type: number, piece: Uint8Array, isFirst: boolean, isLast: boolean): boolean;
  setParameter(parameter: { readonly name: string; readonly value: string } | null): void;
  isStopped(): boolean;
  cancel(): "cancelled" | "refused" | "forward";
  /** The client is. */
  gone(): void;
}

/** Text that holds a NUL, or does not end with one: the server takes it for an invalid message, and so does custody. */
const invalidText = { code: "08P01", message: "a text that holds a NUL byte", detail: "", hint: "" };

export function createReading(options: ReadingOptions): Reading {
  const { book, cycles, sent, recogniser, isAdmin, isReplication } = options;
  const state: { isStandardStrings: boolean; encoding: string } = {
    isStandardStrings: true,
    encoding: "UTF8",
  };
  const deciding = createDeciding(options);
  const long = createLongText({ ...options, state });

  const judge = (text: Uint8Array, as: SqlState = state): SqlJudgement =>
    isReplication ? recogniser.judgeReplication(text, as) : recogniser.judge(text, as);

  /** Whether its meaning could change by what the server has not answered yet: then it is read when that is known. */
  const isUnsure = (text: Uint8Array): boolean =>
    cycles.answering() < cycles.sending() && recogniser.dependsOnState(text);

  /** Behind an error among these the server would skip it, and not answer. */
  function isBehindExtended(what: string): boolean {
    if (sent.extended === sent.before.extended) return false;
    options.fail("08P01", `a ${what} behind messages of the extended protocol that no Sync ended`);
    return true;
  }

  function query(bytes: Uint8Array, from: number, to: number): boolean {
    if (isBehindExtended("Query")) return false;
    const end = to - 1;
    if (bytes.indexOf(0, from + 5) !== end) return deciding.refuse(client.query, invalidText);
    const text = bytes.subarray(from + 5, end);
    if (!isAdmin && !isReplication && !recogniser.isSuspect(text)) return true;
    if (isUnsure(text)) return deciding.run(client.query, () => [judge(text)]);
    const judgement = judge(text);
    return isNothing(judgement) || deciding.run(client.query, () => [judgement]);
  }

  function parse(bytes: Uint8Array, from: number, to: number): boolean {
    const name = cstringAt(bytes, from + 5, to);
    const nul = name === null ? -1 : bytes.indexOf(0, name.next);
    // What stands behind the text are a count and that many oids: the server checks them.
    if (name === null || nul < 0 || nul >= to) return deciding.refuse(client.parse, invalidText);
    const text = bytes.subarray(name.next, nul);
    if (!isAdmin && !recogniser.isSuspect(text)) {
      book.prepare(keptName(name.text), null, cycles.sending());
      return true;
    }
    // What was run before it in this cycle may have set how it is read, and the server tells that at the cycle's end.
    const isSet = sent.executes !== sent.before.executes;
    const prepare = (): void => {
      const judgement =
        isSet && recogniser.dependsOnState(text) ? judgeEither(text, state, judge) : judge(text);
      book.prepare(keptName(name.text), isNothing(judgement) ? null : judgement, cycles.sending());
    };
    if (isUnsure(text)) return deciding.wait(prepare);
    prepare();
    return true;
  }

  /** The names of the last Bind, as bytes, that was found to mean nothing: most sessions send the same again and again. */
  let usual: Uint8Array = new Uint8Array(0);
  let usualChanges = -1;

  function isUsual(bytes: Uint8Array, from: number, to: number): boolean {
    if (usualChanges !== book.changes() || to - from < usual.length) return false;
    for (let at = 0; at < usual.length; at += 1) if (bytes[from + at] !== usual[at]) return false;
    return true;
  }

  function bind(bytes: Uint8Array, from: number, to: number): boolean {
    if (usual.length > 0 && isUsual(bytes, from + 5, to)) return true;
    const portal = cstringAt(bytes, from + 5, to);
    const name = portal === null ? null : cstringAt(bytes, portal.next, to);
    if (portal === null || name === null) return deciding.refuse(client.bind, invalidText);
    if (book.isHarmless(keptName(name.text)) && !book.hasPortals()) {
      usual = Uint8Array.from(bytes.subarray(from + 5, name.next));
      usualChanges = book.changes();
    } else {
      const bound = known(book.statement(keptName(name.text), cycles.sending()), name.text);
      book.bind(keptName(portal.text), bound, cycles.sending());
      // FETCH and MOVE of SQL run a portal that has a name, and no Execute is seen.
      if (portal.text !== "" && bound.some(isFetched)) return deciding.run(client.bind, () => bound);
    }
    return true;
  }

  function known(meanings: readonly SqlJudgement[] | "unknown", name: string): readonly SqlJudgement[] {
    return meanings === "unknown" ? [meaningOf([unknownStatement(readable(name))])] : meanings;
  }

  function execute(bytes: Uint8Array, from: number, to: number): boolean {
    if (!book.hasPortals()) return true;
    const portal = cstringAt(bytes, from + 5, to);
    if (portal === null) return deciding.refuse(client.execute, invalidText);
    // What is not answered yet may have bound it to something else: once it is, it is looked up anew.
    const meanings = (): readonly SqlJudgement[] =>
      known(book.portal(keptName(portal.text), cycles.sending()), portal.text);
    return meanings().length === 0 || deciding.run(client.execute, meanings);
  }

  function close(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from < 7) return deciding.refuse(client.close, invalidText);
    const name = keptName(latin1(bytes, from + 6, to - 1));
    if (bytes[from + 5] === 0x53) book.close(name, cycles.sending());
    else book.closePortal(name, cycles.sending());
    return true;
  }

  function functionCall(bytes: Uint8Array, from: number, to: number): boolean {
    if (isBehindExtended("FunctionCall")) return false;
    const oid = to - from < 9 ? 0 : int32At(bytes, from + 5) >>> 0;
    if (largeObjectCalls.has(oid)) return true;
    const called: Destruction = {
      kind: "opaque",
      what: "FunctionCall",
      names: [String(oid)],
      at: 0,
      certainty: "likely",
    };
    return deciding.run(client.functionCall, () => [meaningOf([called])]);
  }

  function look(type: number, bytes: Uint8Array, from: number, to: number): boolean {
    switch (type) {
      case client.query:
        return query(bytes, from, to);
      case client.parse:
        return parse(bytes, from, to);
      case client.bind:
        return bind(bytes, from, to);
      case client.execute:
        return execute(bytes, from, to);
      case client.close:
        return close(bytes, from, to);
      case client.functionCall:
        return functionCall(bytes, from, to);
      case client.copyData:
      case client.copyDone:
      case client.copyFail:
        cycles.copySent(type !== client.copyData);
        return true;
      default:
        return true;
    }
  }

  return {
    message(type, bytes, from, to) {
      try {
        return look(type, bytes, from, to);
      } catch (error) {
        return deciding.refuseBug(type, error);
      }
    },
    piece: (type, piece, isFirst, isLast) => long.piece(type, piece, isFirst, isLast),
    setParameter(parameter) {
      if (parameter?.name === "client_encoding") state.encoding = parameter.value.toUpperCase();
      if (parameter?.name === "standard_conforming_strings")
        state.isStandardStrings = parameter.value === "on";
    },
    isStopped: () => deciding.isStopped(),
    cancel: () => deciding.cancel(),
    gone: () => deciding.gone(),
  };
}

function isNothing({ destructions, effects }: SqlJudgement): boolean {
  return destructions.length === 0 && effects.length === 0;
}

/** Whether what runs it may be a FETCH: commands without rows are run by Execute alone. */
function isFetched({ destructions, effects }: SqlJudgement): boolean {
  const isQuiet = effects.every(({ type }) => type !== "execute" && type !== "set-role");
  return !isQuiet || destructions.some(({ what }) => !/^(?:DROP|TRUNCATE|ALTER|REASSIGN) /.test(what));
}
