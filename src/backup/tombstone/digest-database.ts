import { openDatabaseReader } from "../proof/database-reader.ts";
import { digestFingerprint } from "./digest-fingerprint.ts";
import { onlySchema } from "./only-schema.ts";
import { withoutFence } from "./without-fence.ts";
import type { CompareWithTombstone } from "./compare.ts";

/**
 * The digest that a tombstone of this database, or of its one schema, would have: that of the fingerprint, the database's own owner, grants and connection limit
 * apart. Whether a fence still holds what was dumped is told by it where nobody can read the tombstone itself.
 */
export async function digestDatabase(
  options: Omit<CompareWithTombstone, "folder" | "recorded"> & { readonly schema?: string },
): Promise<string> {
  const { jobs, signal, schema } = options;
  const settings = { ...options.settings, database: options.database };
  await using reader = await openDatabaseReader(settings, {
    jobs,
    chain: {},
    signal,
    applicationName: { exact: options.applicationName },
    ...(schema === undefined ? {} : { schema }),
  });
  const objects = await reader.readCatalog();
  const contents = await reader.readContents([], null, options.onProgress ?? (() => undefined));
  const { serverVersion, database } = reader.facts;
  const whole = { serverVersion, database, objects, ...contents };
  return digestFingerprint(withoutFence(onlySchema(whole, schema ?? null)));
}
