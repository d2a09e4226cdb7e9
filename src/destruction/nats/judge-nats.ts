import type { Destruction } from "../destruction.ts";
import { hole } from "../destruction.ts";
import { showName } from "../found.ts";

/** What stands for a value in a subject that is not finished yet. */
const placeholder = /^(?:%\w|\$?\{\w*\})$/;

/** The requests that delete, by what stands behind `$JS.API.` or `$SYS.REQ.` (ADR-1 of nats-architecture-and-design). */
const requests: readonly (readonly [api: "JS" | "SYS", ...words: readonly string[]])[] = [
  ["JS", "STREAM", "DELETE"],
  ["JS", "STREAM", "PURGE"],
  ["JS", "STREAM", "MSG", "DELETE"],
  ["JS", "ACCOUNT", "PURGE"],
  ["SYS", "CLAIMS", "DELETE"],
];

/**
 * What a request on a subject of NATS destroys: a stream (a key-value bucket `KV_x` and an object store `OBJ_x` are streams), its messages, an
 * account. With a domain (`$JS.hub.API.…`) or without. Null when nothing; a subject with wildcards is nobody's request. What STREAM.UPDATE does
 * stands in its payload.
 */
export function judgeNatsSubject(subject: string): Destruction | null {
  if (/[\s*>]/u.test(subject)) return null;
  const words = subject.split(".");
  const prefix = readPrefix(words);
  if (prefix === null) return null;
  const rest = words.slice(prefix.words);
  for (const [api, ...request] of requests) {
    if (api !== prefix.api || !request.every((word, index) => rest[index] === word)) continue;
    const name = rest.slice(request.length).join(".");
    return {
      kind: "stream",
      what: [api === "JS" ? "$JS.API" : "$SYS.REQ", ...request].join("."),
      names: name === "" ? [] : [placeholder.test(name) ? "…" : showName(name)],
      at: 0,
      certainty: prefix.isCertain ? "certain" : "likely",
    };
  }
  return null;
}

function readPrefix(
  words: readonly string[],
): { readonly api: "JS" | "SYS"; readonly words: number; readonly isCertain: boolean } | null {
  const [first, second, third] = words;
  if (first === "$JS" && second === "API") return { api: "JS", words: 2, isCertain: true };
  if (first === "$JS" && third === "API") return { api: "JS", words: 3, isCertain: true };
  if (first === "$SYS" && second === "REQ") return { api: "SYS", words: 2, isCertain: true };
  // Clients keep the prefix apart: `${prefix}.STREAM.DELETE.x`, or the subject behind it alone.
  if (first !== undefined && (first.includes(hole) || placeholder.test(first)))
    return { api: "JS", words: 1, isCertain: false };
  return first === "STREAM" && words.length > 2 ? { api: "JS", words: 0, isCertain: false } : null;
}
