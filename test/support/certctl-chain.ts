import type { Session } from "../../src/postgres/session.ts";

/** A chain as certctl keeps it, written after its published design: linked when the row is inserted, no sequence. */
export const certctlSchema = `
  create table audit_events (id text primary key, actor text not null, actor_type text not null, action text not null,
    resource_type text not null, resource_id text not null, details jsonb, timestamp timestamptz not null default now(),
    event_category text, prev_hash text, row_hash text);
  create table audit_chain_head (id integer primary key, row_hash text not null);
  insert into audit_chain_head values (1, '');
  create function certctl_hash(e audit_events) returns text language sql as $$
    select encode(sha256(convert_to(coalesce(e.prev_hash, '') || '|' || e.id || '|' || e.actor || '|' || e.actor_type || '|' ||
      e.action || '|' || e.resource_type || '|' || e.resource_id || '|' || coalesce(e.details::text, '') || '|' ||
      to_char(e.timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || coalesce(e.event_category, ''), 'UTF8')), 'hex') $$;
  create function certctl_link() returns trigger language plpgsql as $$
    begin
      select nullif(row_hash, '') into new.prev_hash from audit_chain_head where id = 1 for update;
      new.row_hash := certctl_hash(new);
      update audit_chain_head set row_hash = new.row_hash where id = 1;
      return new;
    end $$;
  create trigger certctl_link before insert on audit_events for each row execute function certctl_link();`;

export async function appendCertctlRows(session: Session, count: number, prefix = "c"): Promise<void> {
  await session.sql.unsafe(
    `insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, details, timestamp, event_category)
     select $1 || n, 'ann', 'User', 'thing.made', 'thing', n::text, case when n % 3 = 0 then null else jsonb_build_object('n', n) end,
            clock_timestamp(), case when n % 4 = 0 then null else 'auth' end
       from generate_series(1, $2::text::int) n`,
    [prefix, String(count)],
  );
}
