/**
 * certctl's chain as its published migration has it: the payload made by a plpgsql function of ten values, which trigger and
 * verifier share; a BEFORE INSERT trigger that locks the head, hashes and moves the head; a verifier that walks by (timestamp, id).
 * pgcrypto hashes, as there. Without its other triggers and indexes.
 */
export const certctlChain = `
  create extension pgcrypto;
  create table audit_events (id text primary key, actor text not null, actor_type text not null, action text not null,
    resource_type text not null, resource_id text not null, details jsonb, timestamp timestamptz not null default now(),
    event_category text not null default 'general', prev_hash text, row_hash text not null);
  create table audit_chain_head (id integer primary key check (id = 1), row_hash text not null default '',
    updated_at timestamptz not null default now());
  insert into audit_chain_head (id) values (1);

  create function certctl_payload(previous text, id text, actor text, actor_type text, action text, resource_type text,
    resource_id text, details jsonb, happened timestamptz, category text) returns text language plpgsql immutable as $$
    begin
      return coalesce(previous, '') || '|' || id || '|' || actor || '|' || actor_type || '|' || action || '|' || resource_type
        || '|' || resource_id || '|' || coalesce(details::text, '') || '|'
        || to_char(happened at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || coalesce(category, '');
    end $$;

  create function certctl_link() returns trigger language plpgsql as $$
    declare head text;
    begin
      select h.row_hash into head from audit_chain_head h where h.id = 1 for update;
      new.prev_hash := nullif(head, '');
      new.row_hash := encode(digest(certctl_payload(new.prev_hash, new.id, new.actor, new.actor_type, new.action,
        new.resource_type, new.resource_id, new.details, new.timestamp, new.event_category), 'sha256'), 'hex');
      update audit_chain_head set row_hash = new.row_hash, updated_at = now() where id = 1;
      return new;
    end $$;
  create trigger certctl_link before insert on audit_events for each row execute function certctl_link();

  create function certctl_verify(out first_break_id text, out first_break_pos int, out row_count int) language plpgsql stable as $$
    declare e record; expected text; hashed text; place int := 0;
    begin
      first_break_pos := -1;
      for e in select t.id, t.actor, t.actor_type, t.action, t.resource_type, t.resource_id, t.details, t.timestamp,
                      t.event_category, t.prev_hash, t.row_hash from audit_events t order by t.timestamp, t.id loop
        hashed := encode(digest(certctl_payload(e.prev_hash, e.id, e.actor, e.actor_type, e.action,
          e.resource_type, e.resource_id, e.details, e.timestamp, e.event_category), 'sha256'), 'hex');
        if e.prev_hash is distinct from expected or hashed is distinct from e.row_hash then
          first_break_id := e.id;
          first_break_pos := place;
          row_count := place + 1;
          return;
        end if;
        expected := e.row_hash;
        place := place + 1;
      end loop;
      row_count := place;
    end $$`;
