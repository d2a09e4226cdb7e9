import type { Found } from "../found.ts";
import { bucketOf, isEntry } from "./bucket.ts";

/**
 * The header `Nats-Rollup` (ADR-17): this message takes the place of all of its stream's (`all`), or of its subject's (`sub`). The name counts wherever
 * it stands in the headers. `sub` on an entry of a bucket is what purging a key is; on another subject it may be the whole stream.
 */
export function judgeRollup(subject: string, headers: string | null): Found | null {
  const at = headers?.indexOf("Nats-Rollup") ?? -1;
  if (headers === null || at < 0) return null;
  const values = [...headers.matchAll(/Nats-Rollup: *([^\r\n]*)/g)].map(([, value = ""]) =>
    value.trim().toLowerCase(),
  );
  const isOneEntry = values.length === 1 && values[0] === "sub" && isEntry(subject, null);
  const what = `Nats-Rollup: ${values[0] === "sub" || values[0] === "all" ? values[0] : "…"}`;
  return { kind: isOneEntry ? "keys" : "stream", what, names: bucketOf(subject) };
}
