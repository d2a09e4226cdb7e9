import { OpsError } from "../../../errors.ts";
import type { Part, Resource } from "../../resource.ts";

/** The stream that a resource is, or that its consumer stands on. */
export interface Place {
  readonly stream: string;
  /** Null: the whole stream. */
  readonly consumer: string | null;
}

/**
 * A KV bucket is the stream `KV_<bucket>`, an object store `OBJ_<bucket>` (ADR-8, ADR-20). Throws `bad-input` for a name that JetStream
 * gives to nothing: in a subject of its API it would be a wildcard, or another request.
 */
export function placeOf({ names }: Resource): Place {
  const place = read(names);
  for (const name of [place.stream, place.consumer])
    if (name !== null && !/^[^\s.*>/\\\p{Cc}]+$/u.test(name))
      throw new OpsError(
        "bad-input",
        `${JSON.stringify(name)} is no name of a stream or a consumer`,
        "JetStream's names hold no blanks, and none of . * > / \\",
      );
  return place;
}

function read(names: Resource["names"]): Place {
  if (names.kv !== undefined) return { stream: `KV_${names.kv}`, consumer: null };
  if (names.object_store !== undefined) return { stream: `OBJ_${names.object_store}`, consumer: null };
  return { stream: names.stream ?? "", consumer: names.consumer ?? null };
}

/** One stream is one part, whatever a request called it: what is dropped as a bucket is inventoried as one. */
export function partOf({ stream, consumer }: Place): { readonly part: Part; readonly name: string } {
  if (consumer !== null) return { part: "consumer", name: consumer };
  if (stream.startsWith("KV_")) return { part: "kv", name: stream.slice(3) };
  if (stream.startsWith("OBJ_")) return { part: "object_store", name: stream.slice(4) };
  return { part: "stream", name: stream };
}
