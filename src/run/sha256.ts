import { createHash } from "node:crypto";

/** Writes SHA-256 of `bytes` into `out`, 32 bytes. Millions of calls a run: nothing is allocated under Bun. */
export const sha256Into: (bytes: Uint8Array, out: Uint8Array) => void =
  typeof Bun === "undefined"
    ? (bytes, out) => out.set(createHash("sha256").update(bytes).digest())
    : (bytes, out) => void Bun.SHA256.hash(bytes, out);

export function sha256(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  sha256Into(bytes, out);
  return out;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Lower- or upper-case hex of whole bytes, or null when it is none. */
export function fromHex(text: string): Uint8Array | null {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text)
    ? new Uint8Array(Buffer.from(text, "hex"))
    : null;
}
