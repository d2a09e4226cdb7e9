import { afterAll } from "bun:test";
import type { Archive } from "../../../src/backup/archive/archive.ts";
import { openArchive } from "../../../src/backup/archive/open.ts";
import { restoreArchive } from "../../../src/backup/restore.ts";
import type { RestoredDatabase, RestoreOptions } from "../../../src/backup/restore.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { Installation } from "../../../src/postgres/installations.ts";
import type { ScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import type { ConnectionSettings } from "../../../src/postgres/connection-settings.ts";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";
import type { TestDatabase } from "../../support/cluster.ts";
import { archiveFolder, fill, smallSchema } from "../archive/make-archives.ts";
import type { ArchiveFolder } from "../archive/make-archives.ts";

export interface RestoreBench {
  /** Where dumps come from: another server than the one that they are restored into. */
  readonly origin: ScratchCluster;
  readonly cluster: ScratchCluster;
  readonly tools: Installation;
  readonly source: TestDatabase;
  readonly from: {
    readonly tools: Installation;
    readonly settings: ConnectionSettings;
    readonly folder: ArchiveFolder;
  };
  /** Into a new database `restored_<n>` of the cluster. */
  readonly restore: (path: string, more?: Partial<RestoreOptions>) => Promise<RestoredDatabase>;
  /** The name of the newest of them. */
  readonly lastRestored: () => string;
  /** Names of all databases and roles of the cluster. */
  readonly inventory: () => Promise<readonly string[]>;
}

/** Two servers and a database with all that a restore must bring back; they end after the file's last test. */
export async function startRestoreBench(): Promise<RestoreBench> {
  const origin = await startTestCluster(15);
  const cluster = await startTestCluster(15);
  const tools = await testTools();
  const folder = await archiveFolder();
  afterAll(() => folder[Symbol.asyncDispose]());
  const source = await freshDatabase(origin, { name: "source" });
  await fill(source.settings, `${smallSchema}${richer}`);
  let count = 0;
  return {
    origin,
    cluster,
    tools,
    source,
    from: { tools, settings: source.settings, folder },
    async restore(path, more = {}) {
      count += 1;
      const archive: Archive = await openArchive(path);
      const database = `restored_${count}`;
      return await restoreArchive({
        archive,
        installation: tools,
        settings: cluster.settings,
        database,
        env: process.env,
        ...more,
      });
    },
    lastRestored: () => `restored_${count}`,
    async inventory() {
      await using session = await connect(cluster.settings, { applicationName: "test" });
      const rows = await session.sql<{ name: string }[]>`
        select datname as name from pg_database union all select rolname from pg_roles order by 1`;
      return rows.map(({ name }) => name);
    },
  };
}

const richer = `
   create role archive_grantor; grant select on app.orders to archive_reader with grant option;
   set session authorization archive_reader; grant select on app.orders to archive_grantor; reset session authorization;
   revoke all on app.part from public; alter large object 12345 owner to archive_app; grant select on large object 12345 to archive_reader;
   create extension pg_trgm schema app; comment on extension pg_trgm is 'ours'; create index trgm on app.orders using gin (note app.gin_trgm_ops);
   comment on database source is 'the source'; alter database source set work_mem = '7MB'; alter database source set log_min_duration_statement = 5;
   alter role archive_app in database source set search_path = app; grant connect on database source to archive_reader; alter database source connection limit 17;
   create table app.owned_elsewhere (a int); alter table app.owned_elsewhere owner to archive_reader; revoke all on app.owned_elsewhere from archive_reader;`;
