/**
 * Standard base64, RFC 4648 section 4, padded and canonical: one spelling for one value, so nothing can be changed in a text
 * without changing what it says. Null for anything else.
 */
export function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : null;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
