import { judgeSql } from "../../destruction/sql/judge-sql.ts";
import { OpsError } from "../../errors.ts";
import { connect, explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import { sqlParser } from "../../postgres/parse-sql.ts";
import { displayAddress, resolveSettings } from "../../postgres/settings.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import type { Statement } from "../finding.ts";
import type { LockdownPorts } from "../ports.ts";
import { readInside } from "./read-inside.ts";
import { readServer } from "./read-server.ts";

interface PortOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** A statement waits so long for others' locks. */
const lockTimeoutMs = 15_000;
/** The postmaster reads its files again within moments. */
const reloadTimeoutMs = 5000;

/** The real thing behind every port. */
export function openLockdownPorts({ env, signal }: PortOptions): LockdownPorts {
  return {
    async open(dbUrl) {
      const settings = await resolveSettings(dbUrl, env);
      const session = (place: ConnectionSettings, isReading: boolean): Promise<Session> =>
        connect(place, {
          applicationName: "lockdown",
          signal,
          parameters: {
            search_path: "",
            client_encoding: "UTF8",
            standard_conforming_strings: "on",
            default_transaction_read_only: isReading ? "on" : "off",
            statement_timeout: "60000",
            lock_timeout: String(lockTimeoutMs),
          },
        });
      const first = await session(settings, true);
      return {
        readServer: () => explained(first.settings, "reading the server's catalogs", () => readServer(first)),
        readInside: async (database) => {
          const place = { ...first.settings, database };
          await using inside = await session(place, true);
          return await explained(place, `reading database ${database}`, () => readInside(inside, database));
        },
        apply: async (database, statements) => {
          const place = database === null ? first.settings : { ...first.settings, database };
          await using writer = await session(place, false);
          await applyAll(writer, statements);
        },
        [Symbol.asyncDispose]: () => first[Symbol.asyncDispose](),
      };
    },
    judgeBody,
  };
}

async function explained<T>(settings: ConnectionSettings, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainServerError(error, `${what} at ${displayAddress(settings)}`);
  }
}

/** The words of `custody scan`, for the body of a function that is there already. */
async function judgeBody(language: string, body: string): Promise<readonly string[]> {
  const parse = await sqlParser();
  const whole =
    /^\s*create\s/i.test(body) || language === "sql"
      ? body
      : `CREATE FUNCTION f() RETURNS void LANGUAGE ${quoteIdentifier(language)} AS ${quoteLiteral(body)}`;
  return [...new Set(judgeSql(whole, parse).map(({ what }) => what))];
}

async function applyAll(session: Session, statements: readonly Statement[]): Promise<void> {
  const together = statements.filter(({ isAlone }) => isAlone !== true);
  if (together.length > 0) {
    await session.sql.unsafe("begin");
    try {
      for (const { sql } of together) await applyOne(session, sql);
      await session.sql.unsafe("commit");
    } catch (error) {
      await session.sql.unsafe("rollback").catch(() => undefined);
      throw error;
    }
  }
  const alone = statements.filter(({ isAlone }) => isAlone === true);
  for (const { sql } of alone) await applyOne(session, sql);
  if (alone.length > 0) await reloaded(session);
}

async function applyOne(session: Session, sql: string): Promise<void> {
  try {
    await session.sql.unsafe(sql);
  } catch (error) {
    const [firstLine = ""] = sql.split("\n");
    const { code, message, hint } = explainServerError(error, `applying "${firstLine}"`);
    throw new OpsError(code, message, `${hint}; nothing of its transaction was changed`, {
      cause: error,
    });
  }
}

/** Until this session has read the server's files again: what is examined next must be what holds. */
async function reloaded(session: Session): Promise<void> {
  const [before] = await session.sql.unsafe(
    "select pg_catalog.pg_reload_conf(), pg_catalog.pg_conf_load_time()::text as at",
  );
  const until = performance.now() + reloadTimeoutMs;
  for (;;) {
    const [now] = await session.sql.unsafe(
      "select pg_catalog.pg_conf_load_time()::text as at, pg_catalog.pg_sleep(0.02)",
    );
    if (now?.["at"] !== before?.["at"] || performance.now() > until) return;
  }
}
