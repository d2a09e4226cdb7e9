import { client } from "./message-types.ts";
import { message } from "./write-server.ts";

export function query(text: string): Uint8Array {
  return message(client.query, Buffer.from(`${text}\0`));
}

/** Without parameter types. */
export function parse(name: string, text: string): Uint8Array {
  return message(client.parse, Buffer.from(`${name}\0${text}\0\0\0`));
}

/** Of a prepared statement. */
export function closeStatement(name: string): Uint8Array {
  return message(client.close, Buffer.from(`S${name}\0`));
}

export const flush: Uint8Array = message(client.flush, new Uint8Array(0));
