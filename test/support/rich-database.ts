import { join } from "node:path";
import { readCatalog } from "../../src/backup/catalog/read-catalog.ts";
import type { Fingerprint, TableContent } from "../../src/backup/fingerprint.ts";
import { inColumnOrderOf, listTables } from "../../src/backup/list-tables.ts";
import { readContents, serverEncoding } from "../../src/backup/read-contents.ts";
import { readLargeObjects } from "../../src/backup/read-large-objects.ts";
import { readSequences } from "../../src/backup/read-sequences.ts";
import type { Session } from "../../src/postgres/connect.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { runFiles } from "./plain-dump.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures");

/** Fills the cluster's own database with one of everything that a dump keeps. */
export async function loadRichSchema(cluster: ScratchCluster): Promise<void> {
  const { major } = cluster.installation;
  const files = ["rich-roles.sql", "rich-schema.sql", ...(major >= 15 ? ["rich-schema-15.sql"] : [])];
  await runFiles(cluster.settings, ...files.map((file) => join(fixtures, file)));
}

/** Everything that is compared of a session's database. */
export async function readFingerprint(
  session: Session,
  before: readonly TableContent[] = [],
): Promise<Fingerprint> {
  const objects = await readCatalog(session);
  const { tables } = await listTables(session);
  return {
    serverVersion: session.serverVersion,
    database: session.settings.database,
    objects,
    tables: await readContents([session], inColumnOrderOf(tables, before)),
    sequences: await readSequences(session),
    largeObjects: await readLargeObjects(session),
    encoding: await serverEncoding(session),
  };
}
