/** `-ERR`; what is no printable ASCII, and the quote that ends it, are left out. */
export function writeError(text: string): Buffer {
  return Buffer.from(`-ERR '${text.replaceAll(/[^ -&(-~]/g, "")}'\r\n`);
}

export function writeMessage(subject: string, sid: string, payload: string): Buffer {
  return Buffer.from(`MSG ${subject} ${sid} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
}

export const writtenOk: Uint8Array = Buffer.from("+OK\r\n");
