import type { Protocol } from "./sessions/ports.ts";

/** NAMEDATALEN - 1. */
const longestBytes = 63;

/**
 * What a server may make of a name that a client gives it at its start, the name itself among it. PostgreSQL does not fold it, cuts it after
 * 63 bytes (inside a character, too), and with `db_user_namespace` (to 16) takes `name@` for the role `name`.
 */
export function finalNames(given: string, protocol: Protocol): readonly string[] {
  if (protocol !== "postgres") return [given];
  const names = new Set([given]);
  if (given.endsWith("@")) names.add(given.slice(0, -1));
  for (const name of Array.from(names)) {
    const bytes = Buffer.from(name);
    if (bytes.length <= longestBytes) continue;
    names.add(bytes.subarray(0, longestBytes).toString());
    // Cut inside a character, what is left of that is a name of nothing, or is left out.
    names.add(
      bytes
        .subarray(0, longestBytes)
        .toString()
        .replace(/\uFFFD+$/, ""),
    );
  }
  return [...names];
}

/** Whether a name came as bytes that are no UTF-8: the server may know whom it means, and nobody here does. */
export function isUnreadable(name: string): boolean {
  return name.includes("\uFFFD");
}
