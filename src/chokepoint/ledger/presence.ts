import { setTimeout as delay } from "node:timers/promises";
import { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import type { Session } from "../../postgres/session.ts";
import { ledgerParameters } from "./session-slot.ts";
import { instanceLocks } from "./tables.ts";
import type { Tables } from "./tables.ts";

/** This custody as the others see it: a number, and a lock that is gone when its process is. */
export interface Presence extends AsyncDisposable {
  /** Its number; another one after a failover to a server that did not know it. */
  instance(): number;
}

export interface PresenceOptions {
  readonly settings: ConnectionSettings;
  readonly tables: Tables;
  readonly name: string;
  readonly beatMs: number;
  /** Asked at every beat, in the session that holds the lock. */
  readonly beat: (session: Session, instance: number) => Promise<void>;
  /** The payload of a notification. */
  readonly onNotified: (payload: string) => void;
  readonly signal: AbortSignal;
}

const retryMs = 500;

/** Throws `OpsError` when the lock cannot be had at the start; later it is taken again as soon as that can be done. */
export async function openPresence(options: PresenceOptions): Promise<Presence> {
  const { tables } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  let number: number | null = null;
  let session = await enter();

  async function enter(): Promise<Session> {
    await using stack = new AsyncDisposableStack();
    const opened = stack.use(
      await connect(
        { ...options.settings, connectTimeoutSeconds: options.settings.connectTimeoutSeconds ?? 3 },
        {
          applicationName: `ledger ${options.name}`,
          prepare: true,
          // A lease that a crash takes back is no loss.
          parameters: { ...ledgerParameters, synchronous_commit: "off" },
          onNotification: (_channel, payload) => options.onNotified(payload),
          signal: options.signal,
        },
      ),
    );
    number = await register(opened, tables, options.name, number);
    await opened.sql.unsafe(`listen ${tables.channel}`);
    stack.move();
    return opened;
  }

  async function live(): Promise<void> {
    while (!signal.aborted) {
      try {
        await delay(options.beatMs, undefined, { signal });
        await answered(options.beat(session, number ?? 0), options.beatMs * 2);
      } catch {
        if (signal.aborted) return;
        // Whatever it was, the lock may be lost: only a new session that has it says otherwise.
        await close(session);
        session = await comeBack();
      }
    }
  }

  async function comeBack(): Promise<Session> {
    for (;;) {
      try {
        return await enter();
      } catch (error) {
        if (signal.aborted) throw error;
        await delay(retryMs, undefined, { signal });
      }
    }
  }

  const living = live().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    instance: () => number ?? 0,
    async [Symbol.asyncDispose]() {
      over.abort();
      await living;
      // Who cannot say farewell is seen to be gone all the same.
      if (!options.signal.aborted)
        await answered(leave(session, tables, number ?? 0), 2000).catch(() => undefined);
      await close(session);
    },
  };
}

/** A session that is lost may not end well. */
async function close(session: Session): Promise<void> {
  await Promise.allSettled([session[Symbol.asyncDispose]()]);
}

async function answered(work: Promise<void>, ms: number): Promise<void> {
  const late = new AbortController();
  const timeout = delay(ms, undefined, { signal: late.signal }).then(() => {
    throw new OpsError("timeout", "the ledger's server does not answer", "check the server and the network");
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    late.abort();
    timeout.catch(() => undefined);
  }
}

/** The row and the lock of this instance; both are taken again when a session or a server was lost. */
async function register(
  session: Session,
  tables: Tables,
  name: string,
  known: number | null,
): Promise<number> {
  const { sql } = session;
  const updated =
    known === null
      ? []
      : await sql.unsafe<{ id: number }[]>(
          `update ${tables.instances} set server_started_at = pg_catalog.pg_postmaster_start_time(), closed_at = null
            where id = $1::pg_catalog.text::pg_catalog.int4 returning id`,
          [String(known)],
        );
  const [row] =
    updated.length > 0
      ? updated
      : await sql.unsafe<{ id: number }[]>(
          `insert into ${tables.instances} (name, server_started_at) values ($1, pg_catalog.pg_postmaster_start_time()) returning id`,
          [name],
        );
  if (row === undefined) throw new Error("an instance of the ledger got no number");
  await lock(session, row.id);
  return row.id;
}

/** What it still holds is anybody's. */
async function leave(session: Session, tables: Tables, id: number): Promise<void> {
  await session.sql.unsafe(
    `with released as (update ${tables.drops} set owner = null, lease_until = null where owner = ${id})
     update ${tables.instances} set closed_at = pg_catalog.clock_timestamp() where id = ${id}`,
  );
}

/** Whoever else has the lock of this number is a session of ours whose end the server has not seen. */
async function lock(session: Session, id: number): Promise<void> {
  const { sql } = session;
  await sql.unsafe(
    `select pg_catalog.pg_terminate_backend(l.pid, 3000) from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid::pg_catalog.int8 = ${instanceLocks}
        and l.objid::pg_catalog.int8 = ${id} and l.pid <> pg_catalog.pg_backend_pid()
        and l.database = (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database())`,
  );
  await sql.unsafe(`select pg_catalog.pg_advisory_lock(${instanceLocks}, ${id})`);
}
