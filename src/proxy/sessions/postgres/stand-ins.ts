import { randomBytes } from "node:crypto";
import { client, server } from "../../../wire/postgres/message-types.ts";
import { closeStatement, parse, query } from "../../../wire/postgres/write-client.ts";
import type { Unsettled } from "./unsettled.ts";

/**
 * Answers of custody's own, put where the server's would stand. The server is sent something in place of a statement that it is not to see,
 * of which it knows nothing and which it answers at the right place of the pipeline, with the right state behind it: a text that is no
 * SQL (it fails, and with it the transaction, as a refused statement would), an empty query, the Close of a statement that nobody prepared.
 * What it answers to that is replaced.
 */
export interface StandIns {
  /** What to send in place of a message of this type that is refused; `answer` takes the place of the server's error. */
  refuse(type: number, cycle: number, answer: Uint8Array): Uint8Array;
  /** What to send in place of one that was done already. `closes`: how many Close messages came before it in its cycle. */
  done(type: number, cycle: number, closes: number, answer: Uint8Array): Uint8Array;
  /** A long message of this cycle is spoilt: its error is replaced. */
  spoil(cycle: number, answer: Uint8Array): void;
  /** What takes the place of an answer that the server gives in this cycle; null: it is no stand-in's. `closes`: how many CloseComplete came before. */
  answerTo(type: number, bytes: Uint8Array, cycle: number, closes: number): Uint8Array | null;
  /** The server has answered a cycle: what an earlier error skipped in it is never answered. */
  ready(cycle: number): void;
}

interface StandIn {
  readonly cycle: number;
  /** The type of the answer that is replaced. */
  readonly type: number;
  /** Found in the answer; null: any answer of that type. */
  readonly mark: string | null;
  readonly closes: number | null;
  readonly answer: Uint8Array;
}

export function createStandIns(unsettled: Unsettled): StandIns {
  let all: StandIn[] = [];
  const keep = (these: StandIn[]): void => {
    all = these;
    unsettled.standIns = these.length;
  };
  const add = (each: StandIn): void => keep([...all, each]);
  return {
    refuse(type, cycle, answer) {
      const mark = `custody_denied_${randomBytes(8).toString("hex")}`;
      const isAlone = type === client.query || type === client.functionCall;
      // A walsender that takes no SQL fails in words of its own: nothing else of that cycle is answered.
      add({ cycle, type: server.errorResponse, mark: isAlone ? null : mark, closes: null, answer });
      return isAlone ? query(mark) : parse(mark, mark);
    },
    done(type, cycle, closes, answer) {
      if (type === client.query) {
        add({ cycle, type: server.emptyQueryResponse, mark: null, closes: null, answer });
        return query("");
      }
      add({ cycle, type: server.closeComplete, mark: null, closes, answer });
      return closeStatement(`custody_done_${randomBytes(8).toString("hex")}`);
    },
    spoil(cycle, answer) {
      add({ cycle, type: server.errorResponse, mark: null, closes: null, answer });
    },
    answerTo(type, bytes, cycle, closes) {
      const found = all.find(
        (each) =>
          each.cycle === cycle &&
          each.type === type &&
          (each.closes === null || each.closes === closes) &&
          (each.mark === null || Buffer.from(bytes).includes(each.mark)),
      );
      if (found === undefined) return null;
      keep(all.filter((each) => each !== found));
      return found.answer;
    },
    ready(cycle) {
      keep(all.filter((each) => each.cycle > cycle));
    },
  };
}
