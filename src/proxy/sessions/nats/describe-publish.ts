import { createHash } from "node:crypto";
import type { Destruction } from "../../../destruction/destruction.ts";
import type { Publish } from "../../../wire/nats/client-grammar.ts";
import type { Sighting, Speaker } from "../ports.ts";

/** No more than so many headers become tags. */
const mostTags = 64;

/** What is decided on. Only the delete of a stream can custody carry out in the session's place. */
export function describePublish(
  speaker: Speaker,
  destruction: Destruction,
  { subject, headers }: Publish,
): Sighting {
  const domain = /^\$JS\.([^.]+)\.API\./.exec(subject)?.[1];
  return {
    speaker: domain === undefined || domain === "API" ? speaker : { ...speaker, database: domain },
    destructions: [destruction],
    fingerprint: createHash("sha256").update(`nats ${destruction.what}`).digest("hex"),
    tags: readTags(headers),
    isInTransaction: false,
    isAlone: destruction.what === "$JS.API.STREAM.DELETE" && destruction.certainty === "certain",
    isForced: false,
  };
}

/** `request_id`, `custody-ticket` and `token` come as headers of the message. */
function readTags(headers: string | null): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const line of (headers ?? "").split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0 && tags.size < mostTags) tags.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return tags;
}
