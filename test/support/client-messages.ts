import { client as types } from "../../src/wire/postgres/message-types.ts";
import { parse } from "../../src/wire/postgres/write-client.ts";
import { message } from "../../src/wire/postgres/write-server.ts";

/** What a client says of the extended protocol, but for what custody says itself. Names may be in any encoding: one character a byte. */

export const sync = message(types.sync, new Uint8Array(0));

/** Without parameters, its columns in text. */
export function bind(portal: string, name: string): Uint8Array {
  return message(types.bind, Buffer.from(`${portal}\0${name}\0\0\0\0\0\0\0`, "latin1"));
}

/** To the end of its rows. */
export function execute(portal: string): Uint8Array {
  return message(types.execute, Buffer.from(`${portal}\0\0\0\0\0`, "latin1"));
}

/** A text that is prepared under the name, and run once; no Sync. */
export function runOnce(text: string, name = ""): readonly Uint8Array[] {
  return [parse(name, text), bind("", name), execute("")];
}
