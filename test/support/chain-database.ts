import { readFileSync } from "node:fs";
import type postgres from "postgres";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { serverErrorOf } from "../../src/postgres/explain-error.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { Session } from "../../src/postgres/session.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase } from "./cluster.ts";

/** A database with a chain in schema public, and a session of the role that owns it. */
export interface ChainDatabase extends AsyncDisposable {
  readonly settings: ConnectionSettings;
  /** The chain's owner, no superuser. */
  readonly owner: Session;
  readonly sql: postgres.Sql;
  /** A session of the cluster's superuser. */
  readonly admin: Session;
  /** Another session: of the owner, or of the role named. */
  open(role?: string): Promise<Session>;
}

export const ownerRole = "chain_owner";
export const appenderRole = "chain_appender";
export const strangerRole = "stranger";

/** Makes the roles of a cluster that the tests use, and a template database with an installed chain. Call it once. */
export async function prepareChains(cluster: ScratchCluster): Promise<void> {
  await using admin = await connect(cluster.settings, { applicationName: "test" });
  for (const role of [ownerRole, appenderRole, strangerRole])
    await admin.sql.unsafe(`create role ${role} login`);
  await freshDatabase(cluster, { name: template });
  await admin.sql.unsafe(`alter database ${template} owner to ${ownerRole}`);
  const settings = { ...cluster.settings, database: template };
  {
    await using inside = await connect(settings, { applicationName: "test" });
    await inside.sql.unsafe(`grant create on schema public to ${ownerRole}`);
  }
  await using owner = await connect({ ...settings, user: ownerRole }, { applicationName: "test" });
  await installChain(owner, { schema: "public" });
  await owner.sql.unsafe(
    `grant insert (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp", event_category)
       on audit_events to ${appenderRole}`,
  );
}

const template = "chain_template";

/** A database of its own with an empty chain. */
export async function chainDatabase(cluster: ScratchCluster): Promise<ChainDatabase> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await freshDatabase(cluster, { template }));
  const { settings } = database;
  const open = async (role = ownerRole): Promise<Session> =>
    stack.use(await connect({ ...settings, user: role }, { applicationName: "test" }));
  const owner = await open();
  const admin = stack.use(await connect(settings, { applicationName: "test" }));
  // A copy of the template would have the template's name.
  await owner.sql`insert into audit_chain_head (chain_id) values (gen_random_uuid())`;
  await using admins = await connect(cluster.settings, { applicationName: "test" });
  await admins.sql.unsafe(`alter database "${database.name}" owner to ${ownerRole}`);
  return { settings, owner, sql: owner.sql, admin, open, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** `count` events in one transaction: ids `<prefix>1`, `<prefix>2` … */
export async function appendRows(session: Session, count: number, prefix = "e"): Promise<void> {
  await session.sql.unsafe(
    `insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, details)
     select $1 || n, 'ann', 'User', 'thing.made', 'thing', n::text, jsonb_build_object('n', n)
       from generate_series(1, $2::text::int) n`,
    [prefix, String(count)],
  );
}

/** The SQLSTATE that a statement fails with, or "done". */
export async function stateOf(work: PromiseLike<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    const state = serverErrorOf(error)?.sqlstate;
    if (state === undefined) throw error;
    return state;
  }
}

/** What the chain's own SQL verifier says: -1 when clean. */
export async function firstBreak(
  session: Session,
): Promise<{ id: string | null; pos: number; rows: number }> {
  const [row] = await session.sql.unsafe<{ id: string | null; pos: number; rows: number }[]>(
    "select first_break_id as id, first_break_pos as pos, row_count as rows from public.audit_events_verify_chain()",
  );
  if (row === undefined) throw new Error("audit_events_verify_chain() gave no row");
  return row;
}

export interface VectorRow {
  readonly seq: number;
  readonly id: string;
  readonly timestamp: string;
  readonly timestamp_hex: string;
  readonly actor: string;
  readonly actor_type: string;
  readonly action: string;
  readonly resource_type: string;
  readonly resource_id: string;
  readonly event_category: string;
  readonly recorded_at: string;
  readonly recorded_by: string;
  readonly chain_id: string;
  readonly details_text: string;
  readonly details_salt: string;
  readonly details_hash: string;
  readonly prev_hash: string;
  readonly canonical: string;
  readonly row_hash: string;
}

/** Of test/fixtures/vectors, one JSON document a line. */
export function readVectors(name: string): readonly unknown[] {
  const text = readFileSync(new URL(`../fixtures/vectors/${name}`, import.meta.url), "utf8");
  return text.split("\n").flatMap((line): unknown[] => (line.trim() === "" ? [] : [JSON.parse(line)]));
}

export const custodyVectors = readVectors("chain-custody-v1.jsonl") as readonly VectorRow[];

/** Inserts rows that are already hashed, as a data-only restore does; all in one statement. */
export async function restoreVectors(session: Session, rows: readonly VectorRow[]): Promise<void> {
  await session.sql.unsafe(
    `insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp",
       event_category, recorded_at, recorded_by, details_salt, details_hash, seq, prev_hash, row_hash)
     select id, actor, actor_type, action, resource_type, resource_id, details_text::jsonb, "timestamp"::timestamptz,
       event_category, recorded_at::timestamptz, recorded_by, decode(details_salt, 'hex'), decode(details_hash, 'hex'),
       seq, decode(prev_hash, 'hex'), decode(row_hash, 'hex')
     from json_to_recordset($1::text::json) as r (id text, actor text, actor_type text, action text, resource_type text,
       resource_id text, details_text text, "timestamp" text, event_category text, recorded_at text, recorded_by text,
       details_salt text, details_hash text, seq bigint, prev_hash text, row_hash text)`,
    [JSON.stringify(rows)],
  );
}
