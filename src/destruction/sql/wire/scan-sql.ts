import { isReadable, trailTable } from "./encodings.ts";
import { createHeldBytes } from "./held-bytes.ts";
import { longestToken, mode } from "./scan-state.ts";
import type { Mode, Scan, ScanSink } from "./scan-state.ts";
import {
  emitLast,
  scanBehindBackslash,
  scanBehindNameQuote,
  scanBehindQuote,
  scanDollar,
  scanGap,
  scanGapDash,
  scanName,
  scanString,
} from "./scan-strings.ts";
import { scanComment, scanLine, scanTag } from "./scan-tags.ts";
import { scanBehindU, scanBetween, scanDigits, scanOperator, scanWord } from "./scan-words.ts";
import type { SqlState } from "./sql-state.ts";

export interface SqlScanner {
  push(bytes: Uint8Array): void;
  /** The text ends here. False: within a string, a name or a comment, so that the server refuses all of it. */
  end(): boolean;
}

type Step = (scan: Scan, bytes: Uint8Array, at: number) => number;

/** By mode. */
const steps: readonly Step[] = [
  scanBetween,
  scanWord,
  scanDigits,
  scanDigits,
  scanOperator,
  scanLine,
  scanComment,
  scanString,
  scanBehindBackslash,
  scanBehindQuote,
  scanGap,
  scanGapDash,
  scanLine,
  scanName,
  scanBehindNameQuote,
  scanTag,
  scanDollar,
  scanBehindU,
];

const open: ReadonlySet<Mode> = new Set<Mode>([
  mode.comment,
  mode.string,
  mode.behindBackslash,
  mode.name,
  mode.dollar,
]);

/** Ends what the end of a text ends, as long as a character that is not whole may be. */
const blanks = new Uint8Array(4).fill(0x20);

/**
 * Cuts SQL into tokens to the letter of PostgreSQL's own lexer (`src/backend/parser/scan.l` of 14 to 18; where they part, as 14 does), as it comes, in
 * pieces of any size. Takes time linear in the text, and bounded memory. Where trail bytes of the client's encoding may be ASCII they count for
 * nothing: the server turns the text into its own encoding before it reads it.
 */
export function createSqlScanner(state: SqlState, sink: ScanSink): SqlScanner {
  const scan: Scan = {
    sink,
    held: createHeldBytes(longestToken),
    isStandardStrings: state.isStandardStrings,
    trails: trailTable(state.encoding),
    mode: mode.between,
    touches: false,
    trailing: 0,
    type: "plain",
    depth: 0,
    last: 0,
    sawNewline: false,
    isBehindNumber: false,
    isGlued: false,
    tag: blanks,
    matched: 0,
  };
  const isClear = isReadable(state.encoding);
  function push(bytes: Uint8Array): void {
    if (!isClear && bytes.some((byte) => byte >= 0x80)) sink.odd();
    let at = 0;
    while (at < bytes.length) at = steps[scan.mode]?.(scan, bytes, at) ?? bytes.length;
  }
  return {
    push,
    end() {
      if (open.has(scan.mode)) return false;
      push(blanks);
      if (scan.mode === mode.gap || scan.mode === mode.gapLine) emitLast(scan);
      return !open.has(scan.mode);
    },
  };
}
