import { openDatabaseReader } from "../proof/database-reader.ts";
import type { Watch } from "../proof/readings.ts";
import { restateByGrammar } from "../restate/restate-by-grammar.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { disproved, judgeTombstone, readAll } from "./conclude.ts";
import type { TombstoneProof } from "./conclude.ts";
import { openTombstone } from "./open.ts";
import type { RecordedTombstone } from "./open.ts";
import { renameRole } from "./rename-role.ts";
import type { RenamedRole } from "./rename-role.ts";

export interface CompareWithTombstone {
  /** A plain tombstone. */
  readonly folder: string;
  readonly recorded?: RecordedTombstone;
  /** Of a role that may read all of the database. */
  readonly settings: ConnectionSettings;
  readonly database: string;
  /** A role that was behind its fence when the tombstone was made. */
  readonly renamed?: RenamedRole;
  readonly jobs: number;
  /** Of every session, as it is. */
  readonly applicationName: string;
  readonly signal: AbortSignal;
  readonly onProgress?: Watch;
}

/**
 * Whether a database is what its tombstone says: a fenced one before it is given back, or one that was restored. It is read in one
 * snapshot and never written to; its own owner, grants and connection limit, which a fence changes, are not compared.
 */
export async function compareWithTombstone(options: CompareWithTombstone): Promise<TombstoneProof> {
  const started = performance.now();
  const { folder, jobs, signal } = options;
  const { marker, fingerprint: written, damage } = await openTombstone(folder, options.recorded);
  const seconds = (): number => (performance.now() - started) / 1000;
  if (written === null) return disproved(damage, { seconds: seconds(), serverVersion: marker.serverVersion });
  const { renamed } = options;
  const fingerprint =
    renamed === undefined ? written : { ...written, objects: renameRole(written.objects, renamed) };
  const applicationName = { exact: options.applicationName };
  const settings = { ...options.settings, database: options.database };
  await using reader = await openDatabaseReader(settings, {
    jobs,
    chain: {},
    signal,
    applicationName,
    ...(marker.schema === undefined ? {} : { schema: marker.schema }),
  });
  const found = await readAll(
    reader,
    fingerprint,
    marker.schema ?? null,
    options.onProgress ?? (() => undefined),
  );
  const judged = judgeTombstone(
    {
      source: null,
      archive: null,
      expected: await restateByGrammar(fingerprint, found),
      restored: found,
      notApplicable: new Set(),
      notRun: new Map(),
      restore: null,
      asSuperuser: false,
      pre: null,
      isPreKnown: false,
      post: null,
    },
    damage,
  );
  return { ...judged, notes: [], seconds: seconds(), serverVersion: reader.facts.serverVersion };
}
