import { continueSuspicion, findSuspicion, isSuspicious } from "./find-suspicion.ts";
import { keyOf, recall, remember } from "./remember-judgements.ts";
import { harmless, startJudging } from "./judge-wire-text.ts";
import type { SqlJudgement, SqlReader } from "./judgement.ts";
import type { SqlState } from "./sql-state.ts";
import { anyHit, callHit, firstHit } from "./suspicion-table.ts";

/**
 * What a text of SQL, as a client sends it, destroys and does to its session. What cannot be known for certain is `opaque`. Never throws: an
 * error of its own is opaque. Most texts, in which no word stands that matters, cost a look-up a byte and give `harmless`.
 */
export function judgeSqlBytes(bytes: Uint8Array, state: SqlState, reader: SqlReader): SqlJudgement {
  const hits = findSuspicion(bytes);
  const mayCall = reader.isAdmin && (hits & callHit) !== 0;
  if (!mayCall && !isSuspicious(bytes, hits)) return harmless;
  const key = keyOf(bytes, reader);
  const known = key === null ? null : recall(key, reader);
  if (known !== null) return known;
  const judging = startJudging(state, reader);
  judging.push(bytes);
  const judgement = judging.end(true);
  if (key !== null) remember(key, reader, judgement);
  return judgement;
}

/** Judges a text that comes in pieces of any size, in bounded memory. */
export interface SqlStream {
  /** False: a destruction, or something opaque, is in what was pushed so far: stop forwarding. */
  push(bytes: Uint8Array): boolean;
  /** Call once. What it says is the same however the text was cut. */
  end(): SqlJudgement;
}

export function createSqlStream(state: SqlState, reader: SqlReader): SqlStream {
  const judging = startJudging(state, reader);
  let suspicion = 0;
  return {
    push(bytes) {
      suspicion = continueSuspicion(bytes, suspicion);
      return judging.push(bytes);
    },
    end() {
      const hits = continueSuspicion(blank, suspicion) >> 16;
      return judging.end((hits & (reader.isAdmin ? firstHit | anyHit | callHit : firstHit | anyHit)) !== 0);
    },
  };
}

/** Ends the word that a text ends with. */
const blank = Uint8Array.of(0x20);
