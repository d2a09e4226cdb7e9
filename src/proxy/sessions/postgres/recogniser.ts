import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { SqlState } from "../../../destruction/sql/wire/sql-state.ts";

/** What a session asks of the recogniser of SQL, for its role. Nothing here throws. */
export interface SqlRecogniser {
  /** Whether the text `bytes[from, to)` may hold anything that matters: by a scan of its bytes. */
  isSuspect(bytes: Uint8Array, from: number, to: number): boolean;
  /** Whether its meaning depends on the encoding, or on standard_conforming_strings. */
  dependsOnState(text: Uint8Array): boolean;
  judge(text: Uint8Array, state: SqlState): SqlJudgement;
  /** Of a walsender. */
  judgeReplication(text: Uint8Array, state: SqlState): SqlJudgement;
  openStream(state: SqlState): SqlTextStream;
}

/** A text that is too long to be read whole. */
export interface SqlTextStream {
  /** False: what was pushed so far may destroy. */
  push(piece: Uint8Array): boolean;
  end(): SqlJudgement;
}
