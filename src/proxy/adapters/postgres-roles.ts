import { z } from "zod";
import { InterruptedError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { createRoleFacts } from "../gate/role-facts.ts";
import type { RoleFacts } from "../gate/role-facts.ts";

const catalog = z.object({
  roles: z.array(z.tuple([z.string(), z.string(), z.boolean(), z.boolean()])),
  members: z.array(z.tuple([z.string(), z.string()])),
});

/** Names mean what they say, whatever the role of the target's URL has set. */
export const catalogParameters = {
  search_path: "",
  client_encoding: "UTF8",
  default_transaction_read_only: "on",
  statement_timeout: "2s",
  idle_session_timeout: "0",
  tcp_keepalives_idle: "30",
  tcp_keepalives_interval: "10",
  tcp_keepalives_count: "3",
};

export interface PostgresRoles extends AsyncDisposable {
  /** Rejects with `OpsError`; with `InterruptedError` once it is disposed of. */
  read(signal: AbortSignal): Promise<RoleFacts>;
}

interface Held {
  readonly session: Promise<Session>;
  readonly end: AbortController;
}

/** The roles of a server, over one connection of custody's own that is opened when it is needed, and anew when it was lost. */
export function openPostgresRoles(settings: ConnectionSettings): PostgresRoles {
  let held: Held | null = null;
  let isOver = false;

  function open(): Held {
    const end = new AbortController();
    const opened: Held = {
      end,
      session: connect(settings, {
        applicationName: "role gate",
        parameters: catalogParameters,
        signal: end.signal,
        onClosed: () => {
          if (held === opened) held = null;
        },
      }),
    };
    return opened;
  }
  async function give(up: Held): Promise<void> {
    if (held === up) held = null;
    up.end.abort();
    const [opened] = await Promise.allSettled([up.session]);
    if (opened.status === "fulfilled") await opened.value[Symbol.asyncDispose]();
  }

  return {
    async read(signal) {
      if (isOver) throw new InterruptedError();
      const asked = (held ??= open());
      const onAbort = (): void => void give(asked);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        const session = await asked.session;
        const rows = await session.sql.unsafe(question(session.major));
        const { roles, members } = catalog.parse(JSON.parse(String(rows[0]?.["facts"])));
        return createRoleFacts(
          roles.map(([oid, name, isSuperuser, isPowerful]) => ({ oid, name, isSuperuser, isPowerful })),
          members.map(([member, role]) => ({ member, role })),
        );
      } catch (error) {
        await give(asked);
        throw error instanceof InterruptedError
          ? error
          : explainServerError(error, "asking who its roles are");
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      if (held !== null) await give(held);
    },
  };
}

/** One statement, so that all of it is of one moment. A membership without any option gives nothing (from 16 on). */
function question(major: number): string {
  return `select pg_catalog.json_build_object(
    'roles', (
      select pg_catalog.json_agg(pg_catalog.json_build_array(
        r.oid::pg_catalog.text, r.rolname, r.rolsuper,
        r.rolcreaterole or r.rolcreatedb or r.rolreplication or exists (select from pg_catalog.pg_database d where d.datdba = r.oid)))
      from pg_catalog.pg_roles r),
    'members', (
      select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
        m.member::pg_catalog.text, m.roleid::pg_catalog.text)), '[]')
      from pg_catalog.pg_auth_members m
      ${major >= 16 ? "where m.inherit_option or m.set_option or m.admin_option" : ""})
  )::pg_catalog.text as facts`;
}
