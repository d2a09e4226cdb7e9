import { openDatabaseReader } from "../proof/database-reader.ts";
import { digestFingerprint } from "./digest-fingerprint.ts";
import { withoutFence } from "./without-fence.ts";
import type { CompareWithTombstone } from "./compare.ts";

/**
 * The digest that a tombstone of this database would have: that of the fingerprint, the database's own owner, grants and connection limit
 * apart. Whether a fence still holds what was dumped is told by it where nobody can read the tombstone itself.
 */
export async function digestDatabase(
  options: Omit<CompareWithTombstone, "folder" | "recorded">,
): Promise<string> {
  const { jobs, signal } = options;
  const settings = { ...options.settings, database: options.database };
  await using reader = await openDatabaseReader(settings, {
    jobs,
    chain: {},
    signal,
    applicationName: { exact: options.applicationName },
  });
  const objects = await reader.readCatalog();
  const contents = await reader.readContents([], null, options.onProgress ?? (() => undefined));
  const { serverVersion, database } = reader.facts;
  return digestFingerprint(withoutFence({ serverVersion, database, objects, ...contents }));
}
