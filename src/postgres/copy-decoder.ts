import { ServerReportedError } from "./explain-error.ts";

/** Cuts the COPY data out of a server's answer to one `COPY … TO STDOUT`. */
export interface CopyDecoder {
  /** The data in this chunk, without the framing. The chunk is overwritten: the result is a view of it. */
  push(chunk: Buffer): Uint8Array;
  /** The server is done and waits for the next statement. */
  isReady(): boolean;
  /** What the server reported, if it failed. */
  failure(): ServerReportedError | undefined;
}

const headerLength = 5;
/** A report longer than this is cut: it is only shown. */
const keptLength = 64 * 1024;
const copyData = 0x64;
const errorResponse = 0x45;
const readyForQuery = 0x5a;

/**
 * Messages as in https://www.postgresql.org/docs/18/protocol-message-formats.html; the state between two chunks is how
 * much of the current message is still to come.
 */
export function createCopyDecoder(): CopyDecoder {
  const header = Buffer.alloc(headerLength);
  let headerFilled = 0;
  let type = 0;
  let remaining = 0;
  let kept: Buffer[] = [];
  let isReady = false;
  let failure: ServerReportedError | undefined;

  function finishMessage(): void {
    if (type === errorResponse) failure ??= reportOf(Buffer.concat(kept));
    if (type === readyForQuery) isReady = true;
    if (kept.length > 0) kept = [];
  }

  return {
    push(chunk) {
      const end = chunk.length;
      let at = 0;
      let out = 0;
      while (at < end) {
        if (remaining > 0) {
          const take = Math.min(remaining, end - at);
          if (type === copyData) {
            if (out !== at) chunk.copyWithin(out, at, at + take);
            out += take;
          } else if (remaining <= keptLength) kept.push(Buffer.from(chunk.subarray(at, at + take)));
          at += take;
          remaining -= take;
          if (remaining === 0) finishMessage();
          continue;
        }
        if (headerFilled === 0 && end - at >= headerLength) {
          type = chunk.readUInt8(at);
          remaining = chunk.readUInt32BE(at + 1) - 4;
          at += headerLength;
        } else {
          header.writeUInt8(chunk.readUInt8(at), headerFilled);
          headerFilled += 1;
          at += 1;
          if (headerFilled < headerLength) continue;
          headerFilled = 0;
          type = header.readUInt8(0);
          remaining = header.readUInt32BE(1) - 4;
        }
        if (remaining === 0) finishMessage();
      }
      return chunk.subarray(0, out);
    },
    isReady: () => isReady,
    failure: () => failure,
  };
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
