import { fromHex } from "../../run/sha256.ts";
import type { ProfileField } from "../profile.ts";
import { formatIsoMicros, parseIsoMicros } from "./iso-micros.ts";

type Form = Extract<ProfileField, { readonly column: string }>["as"];

/** How a field of a row is written in JSON, and read again to the byte. */
interface FieldValue {
  /** JSON text. */
  write(bytes: Buffer): string;
  /** Null for what `write` does not write. */
  read(value: unknown): Uint8Array | null;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that a server does not send for a field of the form, so that nothing that was read is ever lost: `{"hex": "…"}`. */
const raw: FieldValue = {
  write: (bytes) => `{"hex":"${bytes.toString("hex")}"}`,
  read: (value) =>
    typeof value === "object" && value !== null && "hex" in value && typeof value.hex === "string"
      ? fromHex(value.hex)
      : null,
};

const text: FieldValue = {
  write(bytes) {
    const decoded = bytes.toString("utf8");
    return decoded.includes("\ufffd") && !isUtf8(bytes) ? raw.write(bytes) : JSON.stringify(decoded);
  },
  read: (value) => (typeof value === "string" ? Buffer.from(value, "utf8") : raw.read(value)),
};

const hex: FieldValue = {
  write: (bytes) => `"${bytes.toString("hex")}"`,
  read: (value) => (typeof value === "string" ? fromHex(value) : null),
};

const int8: FieldValue = {
  write: (bytes) => (bytes.length === 8 ? `"${bytes.readBigInt64BE()}"` : raw.write(bytes)),
  read(value) {
    if (typeof value !== "string") return raw.read(value);
    return /^-?\d{1,19}$/.test(value) ? int64(BigInt(value)) : null;
  },
};

const time: FieldValue = {
  write: (bytes) => (bytes.length === 8 ? `"${formatIsoMicros(bytes.readBigInt64BE())}"` : raw.write(bytes)),
  read(value) {
    if (typeof value !== "string") return raw.read(value);
    const micros = parseIsoMicros(value);
    return micros === null ? null : int64(micros);
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

function int64(value: bigint): Uint8Array | null {
  if (BigInt.asIntN(64, value) !== value) return null;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
