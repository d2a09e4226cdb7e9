import { decodeText } from "./encodings.ts";

/** What a string stands for; what is inside of its quotes comes in the client's encoding. */

/** `'…'` in which a backslash is nothing special: of two quotes one is meant. */
export function readPlain(inner: Uint8Array, encoding: string): string {
  const text = decodeText(inner, encoding);
  return text.includes("''") ? text.replaceAll("''", "'") : text;
}

const escape = /''|\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|([^]))/gu;
const control: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** `E'…'`, and every `'…'` where strings are not standard: `\x41` and `\101` are bytes of the server's, taken for UTF-8 here. */
export function readEscapes(inner: Uint8Array, encoding: string): string {
  const text = decodeText(inner, encoding);
  if (!text.includes("\\")) return text.replaceAll("''", "'");
  let holdsBytes = false;
  // Bytes that only together are a character are kept apart from characters until all are there.
  const read = text.replaceAll(
    escape,
    (all, hex?: string, short?: string, long?: string, octal?: string, plain?: string) => {
      if (all === "''") return "'";
      const code = short ?? long;
      if (code !== undefined) return characterOf(parseInt(code, 16));
      if (plain !== undefined) return control[plain] ?? plain;
      const byte = hex === undefined ? parseInt(octal ?? "0", 8) & 0xff : parseInt(hex, 16);
      if (byte < 0x80) return String.fromCharCode(byte);
      holdsBytes = true;
      return String.fromCharCode(0xf700 + byte);
    },
  );
  return holdsBytes ? joinBytes(joinPairs(read)) : joinPairs(read);
}

/** Runs of `U+F7xx`, bytes each, as the UTF-8 that they are. */
function joinBytes(text: string): string {
  return text.replaceAll(/[\uF780-\uF7FF]+/g, (run) =>
    Buffer.from(Array.from(run, (character) => character.charCodeAt(0) & 0xff)).toString("utf8"),
  );
}

/** `\uD83D\uDE00` is one character: JavaScript has put it together already. A half alone is refused by the server. */
function joinPairs(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

function characterOf(code: number): string {
  if (code <= 0xffff) return String.fromCharCode(code);
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\uFFFD";
}

/** `U&'…'` and `U&"…"`, once what stands behind UESCAPE is known: `\0061`, `\+000061`, `\\`. Null where the server refuses it. */
export function readUnicode(text: string, escapeWith: string): string | null {
  if (!/^[^0-9A-Fa-f+'" \t\n\r\f\v]$/u.test(escapeWith)) return null;
  let isRefused = false;
  const mark = escapeWith.replace(/[\\^$.*+?()[\]{}|/]/u, String.raw`\$&`);
  const coded = new RegExp(`${mark}(?:([0-9A-Fa-f]{4})|\\+([0-9A-Fa-f]{6})|(${mark})|)`, "gu");
  const read = text.replaceAll(coded, (_, short?: string, long?: string, itself?: string) => {
    if (itself !== undefined) return escapeWith;
    const code = short ?? long;
    if (code === undefined) isRefused = true;
    return code === undefined ? "" : characterOf(parseInt(code, 16));
  });
  return isRefused ? null : joinPairs(read);
}

const encoder = new TextEncoder();

/** A name as the server keeps it: 63 bytes of it, by whole characters (NAMEDATALEN - 1). A server whose encoding is not UTF-8 may keep more. */
export function truncateName(name: string): string {
  if (name.length <= 21) return name;
  const room = new Uint8Array(63);
  const { read } = encoder.encodeInto(name, room);
  return read === name.length ? name : name.slice(0, read);
}
