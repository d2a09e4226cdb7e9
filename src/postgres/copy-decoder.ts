import { ServerReportedError } from "./explain-error.ts";
import { int32At } from "./int32-at.ts";

/** Cuts the COPY data out of a server's answer to one `COPY … TO STDOUT`. */
export interface CopyDecoder {
  /** Takes the next bytes of the answer, cut anywhere, and shows the data in them. */
  push(chunk: Uint8Array): void;
  /** The server is done and waits for the next statement. */
  isReady(): boolean;
  /** How many rows the server says it has sent; null while it has not, and where something between kept that from us. */
  rows(): number | null;
  /** What the server reported, if it failed. */
  failure(): ServerReportedError | undefined;
}

/** Data of the COPY: the bytes of `chunk` at `from` and before `to`, a row or a piece of one. */
export type OnCopyData = (chunk: Uint8Array, from: number, to: number) => void;

const headerLength = 5;
/** A report longer than this is cut: it is only shown. */
const keptLength = 64 * 1024;
const copyData = 0x64;
const commandComplete = 0x43;
const errorResponse = 0x45;
const readyForQuery = 0x5a;

/**
 * Messages as in https://www.postgresql.org/docs/18/protocol-message-formats.html; the state between two chunks is how
 * much of the current message is still to come.
 */
export function createCopyDecoder(onData: OnCopyData): CopyDecoder {
  const header = new Uint8Array(headerLength);
  let headerFilled = 0;
  let type = 0;
  let remaining = 0;
  let kept: Uint8Array[] = [];
  let isReady = false;
  let rows: number | null = null;
  let failure: ServerReportedError | undefined;

  function startMessage(bytes: Uint8Array, at: number): void {
    type = bytes[at] ?? 0;
    remaining = (int32At(bytes, at + 1) >>> 0) - 4;
    if (remaining === 0) finishMessage();
  }

  function finishMessage(): void {
    if (type === errorResponse) failure ??= reportOf(Buffer.concat(kept));
    if (type === commandComplete) rows = countOf(Buffer.concat(kept));
    if (type === readyForQuery) isReady = true;
    if (kept.length > 0) kept = [];
  }

  return {
    push(chunk) {
      const end = chunk.length;
      let at = 0;
      while (at < end) {
        if (remaining > 0) {
          const next = Math.min(at + remaining, end);
          if (type === copyData) onData(chunk, at, next);
          else if (remaining <= keptLength) kept.push(chunk.slice(at, next));
          remaining -= next - at;
          at = next;
          if (remaining === 0) finishMessage();
        } else if (headerFilled === 0 && end - at >= headerLength) {
          startMessage(chunk, at);
          at += headerLength;
        } else {
          header[headerFilled] = chunk[at] ?? 0;
          headerFilled += 1;
          at += 1;
          if (headerFilled < headerLength) continue;
          headerFilled = 0;
          startMessage(header, 0);
        }
      }
    },
    isReady: () => isReady,
    rows: () => rows,
    failure: () => failure,
  };
}

/** The command tag of a CommandComplete, such as `COPY 24`. */
function countOf(body: Buffer): number | null {
  const count = /^COPY (\d+)\0$/.exec(body.toString("latin1"))?.[1];
  return count === undefined ? null : Number(count);
}

/** Fields of an ErrorResponse: a letter, a text, a NUL; a NUL ends the list. */
function reportOf(body: Buffer): ServerReportedError {
  const fields = new Map<string, string>();
  for (const field of body.toString("utf8").split("\0")) {
    if (field !== "") fields.set(field.charAt(0), field.slice(1));
  }
  return new ServerReportedError(
    fields.get("V") ?? fields.get("S") ?? "ERROR",
    fields.get("C") ?? "XX000",
    fields.get("M") ?? "no message",
  );
}
