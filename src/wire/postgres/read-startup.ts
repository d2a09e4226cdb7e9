import { int32At } from "./int32.ts";
import { cstringAt, readable } from "./text.ts";

/** What a client may send before it is anybody (PostgreSQL documentation, "Start-up" and "SSL Session Encryption"). */
export type StartupPacket =
  | { readonly type: "ssl-request" | "gssenc-request" }
  /** `key`: process id and secret as they are on the wire, one character a byte. */
  | { readonly type: "cancel"; readonly key: string }
  | {
      readonly type: "startup";
      readonly minor: number;
      /** In their order; the last of a name counts, as for the server. */
      readonly parameters: ReadonlyMap<string, string>;
    }
  | { readonly type: "invalid"; readonly reason: string };

/** PostgreSQL's own limit, MAX_STARTUP_PACKET_LENGTH. */
export const longestStartup = 10_000;

const sslRequest = 80_877_103;
const gssencRequest = 80_877_104;
const cancelRequest = 80_877_102;

/** Length of the packet that begins here; null while its four bytes are not there; 0 where it cannot be one. */
export function startupLength(bytes: Uint8Array): number | null {
  if (bytes.length < 4) return null;
  const length = int32At(bytes, 0);
  return length < 8 || length > longestStartup ? 0 : length;
}

/** Reads one whole packet. */
export function readStartup(bytes: Uint8Array): StartupPacket {
  const code = int32At(bytes, 4);
  switch (code) {
    case sslRequest:
      return bytes.length === 8 ? { type: "ssl-request" } : invalid("an SSLRequest of another length");
    case gssencRequest:
      return bytes.length === 8 ? { type: "gssenc-request" } : invalid("a GSSENCRequest of another length");
    case cancelRequest:
      return readCancel(bytes);
    default:
      return code >> 16 === 3
        ? readParameters(bytes, code & 0xffff)
        : invalid(`protocol version ${code >>> 16}.${code & 0xffff}`);
  }
}

/** The secret has 4 bytes, and up to 256 since protocol 3.2. */
function readCancel(bytes: Uint8Array): StartupPacket {
  const secret = bytes.length - 12;
  if (secret < 4 || secret > 256) return invalid(`a cancel key of ${secret} bytes`);
  return { type: "cancel", key: Buffer.from(bytes.subarray(8)).toString("latin1") };
}

function readParameters(bytes: Uint8Array, minor: number): StartupPacket {
  const parameters = new Map<string, string>();
  let at = 8;
  const end = bytes.length;
  for (;;) {
    const name = cstringAt(bytes, at, end);
    if (name === null) return invalid("start-up parameters without an end");
    if (name.text === "")
      return name.next === end
        ? { type: "startup", minor, parameters }
        : invalid("bytes behind the start-up");
    const value = cstringAt(bytes, name.next, end);
    if (value === null) return invalid("a start-up parameter without a value");
    parameters.delete(name.text);
    parameters.set(readable(name.text), readable(value.text));
    at = value.next;
  }
}

function invalid(reason: string): StartupPacket {
  return { type: "invalid", reason };
}
