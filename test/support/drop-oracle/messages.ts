import { client as types } from "../../../src/wire/postgres/message-types.ts";
import { message } from "../../../src/wire/postgres/write-server.ts";

/** What a client writes at once, and how many ReadyForQuery answer it. */
export interface Write {
  readonly bytes: Buffer;
  readonly ready: number;
}

const none = new Uint8Array(0);
/** One character, one byte: other encodings are written as they are on the wire. */
const raw = (text: string): Buffer => Buffer.from(text, "latin1");

export const q = (text: string): Write => ({
  bytes: Buffer.from(message(types.query, raw(`${text}\0`))),
  ready: 1,
});
const quiet = (...all: readonly Uint8Array[]): Write => ({ bytes: Buffer.concat(all), ready: 0 });
export const parse = (name: string, text: string): Write =>
  quiet(message(types.parse, raw(`${name}\0${text}\0\0\0`)));
export const bind = (portal: string, name: string, ...values: readonly string[]): Write => {
  const sizes = values.map((value) => {
    const field = Buffer.alloc(4 + value.length, value, "latin1");
    field.fill(Buffer.from(value, "latin1"), 4);
    field.writeInt32BE(value.length);
    return field;
  });
  const count = Buffer.from([values.length >> 8, values.length & 255]);
  return quiet(
    message(types.bind, Buffer.concat([raw(`${portal}\0${name}\0\0\0`), count, ...sizes, raw("\0\0")])),
  );
};
export const execute = (portal: string): Write => quiet(message(types.execute, raw(`${portal}\0\0\0\0\0`)));
export const describe = (name: string): Write => quiet(message(types.describe, raw(`S${name}\0`)));
export const closing = (name: string): Write => quiet(message(types.close, raw(`S${name}\0`)));
export const sync: Write = { bytes: Buffer.from(message(types.sync, none)), ready: 1 };

/** Unnamed, without a Sync. */
export const unsynced = (text: string, ...values: readonly string[]): Write =>
  together(parse("", text), bind("", "", ...values), execute(""));
export const x = (text: string, ...values: readonly string[]): Write =>
  together(unsynced(text, ...values), sync);

/** FunctionCall of an oid with arguments in text. */
export function fastPath(oid: number, ...values: readonly string[]): Write {
  const head = Buffer.alloc(8);
  head.writeInt32BE(oid);
  head.writeInt16BE(values.length, 6);
  const fields = values.map((value) => {
    const size = Buffer.alloc(4);
    size.writeInt32BE(value.length);
    return Buffer.concat([size, raw(value)]);
  });
  return {
    bytes: Buffer.from(message(types.functionCall, Buffer.concat([head, ...fields, raw("\0\0")]))),
    ready: 1,
  };
}

/** In one write: what follows is sent before anything is answered. */
export function together(...writes: readonly Write[]): Write {
  return {
    bytes: Buffer.concat(writes.map(({ bytes }) => bytes)),
    ready: writes.reduce((sum, { ready }) => sum + ready, 0),
  };
}
