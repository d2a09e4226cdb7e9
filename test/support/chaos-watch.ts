import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import type { Recorded, Seen } from "./chaos-judge.ts";
import type { ChaosScene } from "./chaos-scene.ts";

export interface Watch extends AsyncDisposable {
  /** Whatever was seen since the watch began. Looks once more. */
  seen(): Promise<readonly Seen[]>;
}

/**
 * A fence gives a database another name, its files stay; a truncated table keeps its oid and gets a file of another number, which a table
 * that was only made does not have.
 */
const look = `
  select 'database' as kind, oid::int8::int as oid, datname::text as name, clock_timestamp() as at from pg_database
  union all select 'files', oid::int8::int, oid::text, clock_timestamp() from pg_database
  union all select 'role', oid::int8::int, rolname::text, clock_timestamp() from pg_roles
  union all select 'schema', oid::int8::int, nspname::text, clock_timestamp() from pg_namespace where nspname !~ '^pg_'
  union all select 'table', oid::int8::int, relname::text, clock_timestamp() from pg_class
             where relkind = 'r' and relnamespace = 'public'::regnamespace
  union all select 'truncate', oid::int8::int, relname::text, clock_timestamp() from pg_class
             where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_filenode(oid) = oid`;

/** Looks at the catalog all the time, past the proxy, whenever the server answers. */
export function watchCatalog(settings: ConnectionSettings): Watch {
  const known = new Map<string, Seen & { goneBy: Date | null }>();
  const stop = new AbortController();
  const once = async (run: (text: string) => PromiseLike<readonly Row[]>): Promise<void> => {
    const rows = await run(look);
    const keyOf = ({ kind, oid, name }: Row): string => `${kind} ${oid} ${name}`;
    const there = new Set(rows.map(keyOf));
    for (const row of rows)
      if (!known.has(keyOf(row)))
        known.set(keyOf(row), { kind: row.kind, oid: row.oid, name: row.name, goneBy: null });
    const at = rows.reduce((latest, row) => (row.at > latest ? row.at : latest), new Date(0));
    for (const [key, each] of known) if (!there.has(key)) each.goneBy ??= at;
  };
  const looking = (async () => {
    while (!stop.signal.aborted) {
      try {
        await using session = await connect(settings, { applicationName: "watch" });
        while (!stop.signal.aborted) {
          await once((text) => session.sql.unsafe<Row[]>(text));
          await delay(20);
        }
      } catch {
        // The server is dead or begins again.
        await delay(50);
      }
    }
  })();
  return {
    async seen() {
      await using session = await connect(settings, { applicationName: "watch" });
      await once((text) => session.sql.unsafe<Row[]>(text));
      return [...known.values()];
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looking;
    },
  };
}

interface Row {
  readonly kind: string;
  readonly oid: number;
  readonly name: string;
  readonly at: Date;
}

/** Whether no row stands where rows do not stay. */
export async function areAllAtRest(scene: ChaosScene): Promise<boolean> {
  const [row] = await scene.onLedger(
    `select count(*)::int as n from public.custody_drops
      where state in ('requested', 'held', 'approved', 'started', 'fenced', 'tombstoned', 'proved')`,
  );
  return row?.["n"] === 0;
}

/** All rows, oldest first. The ledger's server must track commit timestamps. */
export async function recordsOf({ ledger }: ChaosScene): Promise<readonly Recorded[]> {
  await using session = await connect(
    { ...ledger.settings, database: "custody" },
    { applicationName: "test" },
  );
  const at = (action: string): string =>
    `(select min(pg_xact_commit_timestamp(e.xmin)) from public.audit_events e
       where e.action = '${action}' and e.details ->> 'drop_id' = d.drop_id)`;
  return await session.sql.unsafe<Recorded[]>(
    `select d.provider_resource_id as name, d.resource_type as type, d.state, d.outcome,
            ${at("drop.started")} as started, ${at("drop.approved")} as approved
       from public.custody_drops d order by d.requested_at`,
  );
}
