/**
 * The fields of a request to JetStream. Its server reads their names with any capitals (encoding/json of Go), and takes the last of several:
 * an object in which a name stands in two spellings, or in another than its own, cannot be read for certain. Null for that, and for what is no
 * object.
 */
export function readRequest(payload: Uint8Array): Readonly<Record<string, unknown>> | null {
  let request: unknown;
  try {
    request = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return null;
  }
  if (!isRecord(request)) return null;
  return Object.keys(request).every((key) => /^[a-z_]+$/.test(key)) ? request : null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
