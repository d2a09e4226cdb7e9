import type { ProfileField } from "../profile.ts";
import { createIsoMicros } from "./iso-micros.ts";
import type { TupleWriter } from "./tuple-writer.ts";

type Form = Extract<ProfileField, { readonly column: string }>["as"];

/** How a field of a row is written in JSON, and read again to the byte. */
interface FieldValue {
  /** JSON text of the bytes at `from` and before `to`. */
  write(bytes: Buffer, from: number, to: number): string;
  /** Appends the bytes of a JSON value; false for what `write` does not write. */
  read(value: unknown, out: TupleWriter): boolean;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const hexDigits = /^(?:[0-9a-f]{2})*$/;

/** Bytes that a server does not send for a field of the form, so that nothing that was read is ever lost: `{"hex": "…"}`. */
const raw: FieldValue = {
  write: (bytes, from, to) => `{"hex":"${bytes.toString("hex", from, to)}"}`,
  read: (value, out) =>
    typeof value === "object" && value !== null && "hex" in value && hex.read(value.hex, out),
};

const text: FieldValue = {
  write(bytes, from, to) {
    const decoded = bytes.toString("utf8", from, to);
    return decoded.includes("\ufffd") && !isUtf8(bytes.subarray(from, to))
      ? raw.write(bytes, from, to)
      : JSON.stringify(decoded);
  },
  read(value, out) {
    if (typeof value !== "string") return raw.read(value, out);
    out.text(value);
    return true;
  },
};

const hex: FieldValue = {
  write: (bytes, from, to) => `"${bytes.toString("hex", from, to)}"`,
  read(value, out) {
    if (typeof value !== "string" || !hexDigits.test(value)) return false;
    out.hex(value);
    return true;
  },
};

const int8: FieldValue = {
  write: (bytes, from, to) =>
    to - from === 8 ? `"${bytes.readBigInt64BE(from)}"` : raw.write(bytes, from, to),
  read(value, out) {
    if (typeof value !== "string") return raw.read(value, out);
    if (!/^-?\d{1,19}$/.test(value)) return false;
    const number = BigInt(value);
    out.int8(number);
    return BigInt.asIntN(64, number) === number;
  },
};

const iso = createIsoMicros();
const time: FieldValue = {
  write: (bytes, from, to) =>
    to - from === 8
      ? `"${iso.format(bytes.readInt32BE(from), bytes.readUInt32BE(from + 4))}"`
      : raw.write(bytes, from, to),
  read(value, out) {
    if (typeof value !== "string") return raw.read(value, out);
    const micros = iso.parse(value);
    if (micros === null) return false;
    out.int8(micros);
    return true;
  },
};

/** By what the profile says that a field's bytes are. */
export const fieldValues: Readonly<Record<Form, FieldValue>> = {
  text,
  bytes: hex,
  int8,
  micros: time,
  "utc-micros": time,
};

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
