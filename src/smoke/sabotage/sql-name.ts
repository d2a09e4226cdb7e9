import { quoteIdentifier } from "../../postgres/identifiers.ts";

/** The SQL of an identity such as `public.order` or `"a.b".item`: every part quoted, since an identity is no SQL (keywords). */
export function sqlNameOf(identity: string): string {
  const parts = identity.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  return parts
    .map((part) => quoteIdentifier(part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part))
    .join(".");
}
