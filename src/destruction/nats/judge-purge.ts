import { isEntry } from "./bucket.ts";
import { readRequest } from "./read-request.ts";

/**
 * What a purge counts as: `keys` where its filter names one entry of a bucket, as a key-value or an object store's own clients purge what they have
 * replaced; else the stream, or a part of it that may be all of it.
 */
export function judgePurge(stream: string, payload: Uint8Array | null): "stream" | "keys" {
  const request = payload === null ? null : readRequest(payload);
  const filter = request?.["filter"];
  return typeof filter === "string" && isEntry(filter, stream) ? "keys" : "stream";
}
