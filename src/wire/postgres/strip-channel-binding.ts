import { int32At } from "./int32.ts";
import { server } from "./message-types.ts";
import { cstringAt } from "./text.ts";
import { message } from "./write-server.ts";

const sasl = 10;

/**
 * An AuthenticationSASL without the mechanisms that bind to the TLS channel (`…-PLUS`): the channel ends at the proxy, and no client could
 * prove that it is the server's (RFC 5802, section 6). Null: nothing is to be taken out.
 */
export function stripChannelBinding(bytes: Uint8Array, from: number, to: number): Uint8Array | null {
  if (to - from < 9 || int32At(bytes, from + 5) !== sasl) return null;
  const kept: string[] = [];
  let isStripped = false;
  for (let at = from + 9; at < to && bytes[at] !== 0;) {
    const name = cstringAt(bytes, at, to);
    if (name === null) return null;
    if (name.text.endsWith("-PLUS")) isStripped = true;
    else kept.push(name.text);
    at = name.next;
  }
  if (!isStripped) return null;
  const body = Buffer.concat([Buffer.from([0, 0, 0, sasl]), Buffer.from(`${kept.join("\0")}\0\0`, "latin1")]);
  return message(server.authentication, body);
}
