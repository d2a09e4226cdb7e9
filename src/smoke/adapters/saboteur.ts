import { findChain } from "../../audit/find-chain.ts";
import { readCatalog } from "../../backup/catalog/read-catalog.ts";
import { listTables } from "../../backup/list-tables.ts";
import { pinnedSettings } from "../../backup/pinned-settings.ts";
import { readContents } from "../../backup/read-contents.ts";
import { readLargeObjects } from "../../backup/read-large-objects.ts";
import { readSequences } from "../../backup/read-sequences.ts";
import { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import type { Saboteur } from "../ports.ts";
import type { ReaderOptions } from "../../backup/proof/database-reader.ts";
import { readChain } from "../../backup/proof/read-chain.ts";

export interface SaboteurOptions extends Omit<ReaderOptions, "applicationName"> {
  /** In which the rows are read that a fault is compared with, default the database's own. */
  readonly encoding?: string | undefined;
}

/** Opens the one transaction in which faults are planted and looked for. Nothing in it is ever committed. */
export async function openSaboteur(
  settings: ConnectionSettings,
  options: SaboteurOptions,
): Promise<Saboteur> {
  const { signal, encoding } = options;
  const session = await connect(settings, {
    applicationName: "smoke sabotage",
    signal,
    parameters: { ...pinnedSettings, lock_timeout: "10s" },
  });
  const run = async (statement: string): Promise<void> => void (await session.sql.unsafe(statement).simple());
  await run("BEGIN; SAVEPOINT unharmed");
  return {
    async attempt(statements) {
      await run("SAVEPOINT attempt");
      for (const statement of statements) {
        if (await hasTakenEffect(session, statement, signal)) continue;
        await run("ROLLBACK TO SAVEPOINT attempt");
        return false;
      }
      return true;
    },
    undo: () => run("ROLLBACK TO SAVEPOINT unharmed"),
    query: async (statement) => await session.sql.unsafe(statement),
    readCatalog: () => readCatalog(session),
    async readTable(table, columns) {
      const { tables } = await listTables(session);
      const wanted = tables.filter((each) => each.table === table).map((each) => ({ ...each, columns }));
      const [content] = await readContents([session], wanted, {
        signal,
        ...(encoding === undefined ? {} : { encoding }),
      });
      if (content === undefined)
        throw new OpsError(
          "scratch-failed",
          `table ${table} went away while it was compared`,
          "run the proof again",
        );
      return content;
    },
    readSequences: () => readSequences(session),
    readLargeObjects: () => readLargeObjects(session),
    async readChain(since) {
      const place = await findChain(session, options.chain);
      if (place === null) return null;
      return await readChain(session, place, { signal, ...(since === null ? {} : { since }) });
    },
    async [Symbol.asyncDispose]() {
      await run("ROLLBACK").catch(() => undefined);
      await session[Symbol.asyncDispose]();
    },
  };
}

async function hasTakenEffect(session: Session, statement: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { command, count } = await session.sql.unsafe(statement).simple();
    return count > 0 || !["UPDATE", "DELETE"].includes(command);
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}
