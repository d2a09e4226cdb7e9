import { columnsOf } from "./drop-row.ts";
import { isCounted, isHeld } from "./tables.ts";
import type { Tables } from "./tables.ts";

/** Each takes one parameter, a JSON text, so that it is prepared once for a session. */
const input = "input as materialized (select $1::pg_catalog.text::pg_catalog.jsonb as s)";

/** What `custody_drops` gets from a new drop and from a step, by the names of its columns. */
const given = [
  "drop_id",
  "request_id",
  "request_hash",
  "target",
  "resource_type",
  "main_part",
  "provider_resource_id",
  "token",
  "placement",
  "caller",
  "person",
  "peer",
  "protocol",
  "intent",
  "purges",
  "statement",
  "requested_at",
] as const;

const changing = [
  "state",
  "outcome",
  "refusal",
  "error",
  "plan",
  "identity",
  "tombstone",
  "hold",
  "hold_expires_at",
  "approvals",
  "ticket",
  "undone_as",
  "undone_id",
  "undo_from",
  "started_at",
  "fenced_at",
  "finished_at",
  "purge_at",
  "tombstone_until",
  "attempts",
] as const;

const writers = "id, actor, actor_type, action, resource_type, resource_id, details, event_category";

/** The events of a step, after the row `m`: what they say of the drop themselves never covers the common fields (formats.md section 6). */
function tell(tables: Tables, row: string): string {
  return `insert into ${tables.events} (${writers})
    select m.drop_id || '.' || (i.s ->> 'step_id') || '.' || e.place, i.s ->> 'actor', i.s ->> 'actor_type', e.event ->> 'action',
           m.resource_type, pg_catalog.left(m.provider_resource_id, 2000),
           (e.event -> 'details') || (i.s -> 'by') || pg_catalog.jsonb_build_object(
             'drop_id', m.drop_id, 'request_id', m.request_id, 'token', m.token,
             'provider_resource_id', m.provider_resource_id,
             'system_identifier', known.identity ->> 'systemIdentifier',
             'oid', (select p.value ->> 'id' from pg_catalog.jsonb_array_elements(known.identity -> 'parts') p
                      where p.value ->> 'part' = m.main_part limit 1),
             'fence_name', m.plan -> 'fenceNames' ->> m.main_part,
             'statement_fingerprint', m.intent ->> 'statementFingerprint',
             'resource_type', m.resource_type, 'backend', m.placement, 'target', m.target,
             'caller', m.caller, 'peer', m.peer, 'protocol', m.protocol), 'drop'
      from ${row} m cross join input i
           cross join lateral (select coalesce(m.plan -> 'identity', m.identity) as identity) known
           cross join lateral pg_catalog.jsonb_array_elements(i.s -> 'events') with ordinality as e (event, place)`;
}

function notify(tables: Tables): string {
  return `pg_catalog.pg_notify('${tables.channel}', m.drop_id || ' ' || m.version) as told`;
}

/** `{row, instance, lease_ms, step_id, events, actor, actor_type, by}`; no row where the request is committed by another at this moment. */
export function recordStatement(tables: Tables): string {
  const names = [...given, ...changing];
  return `with ${input},
    made as (
      insert into ${tables.drops} (${names.join(", ")}, epoch, owner, lease_until, step_id)
      select ${names.map((name) => `r.${name}`).join(", ")}, 1,
             case when r.state <> 'refused' then (i.s ->> 'instance')::pg_catalog.int4 end,
             case when r.state <> 'refused' then ${lease} end, i.s ->> 'step_id'
        from input i cross join lateral pg_catalog.jsonb_populate_record(null::${tables.drops}, i.s -> 'row') r
      on conflict do nothing returning *),
    events as (${tell(tables, "made")})
    select 'new' as verdict, ${columnsOf("m")}, ${notify(tables)} from made m
    union all
    select 'repeat', ${columnsOf("d")}, null from ${tables.drops} d
     where d.request_id = (select i.s -> 'row' ->> 'request_id' from input i where pg_catalog.jsonb_typeof(i.s -> 'row' -> 'statement') = 'null')
       and d.statement is null
       and not exists (select from made)`;
}

const lease =
  "pg_catalog.clock_timestamp() + (i.s ->> 'lease_ms')::pg_catalog.float8 * interval '1 millisecond'";

function startedSince(tables: Tables, whose: string): string {
  return `(select pg_catalog.count(*) from ${tables.drops} v where v.${whose} and v.drop_id <> d.drop_id and ${isCounted("v")}
                           and v.started_at > (i.s -> 'guard' ->> 'since')::pg_catalog.timestamptz)`;
}

/** A fence that stands, or may stand, keeps its identity from other drops, and what an undo from it needs. */
const isFree = `(m.state in ('requested', 'refused', 'noop', 'held', 'approved', 'denied', 'expired', 'cancelled', 'purged')
  or m.state in ('completed', 'undone') and m.purge_at is null or m.state = 'failed' and m.fenced_at is null)`;

/**
 * `{drop_id, from, epoch, to, change, secret?, claim, guard: {volume?, since?, identity?}, instance, …}` as `recordStatement`. The limit
 * is that of all callers on the target, and of the caller on all targets. The locks of target, caller and row are held already.
 */
export function stepStatement(tables: Tables): string {
  const next = changing.map((name) => `${name} = f.next_${name}`).join(", ");
  const nexts = changing.map((name) => `r.${name} as next_${name}`).join(", ");
  return `with ${input},
    rival as (
      select o.drop_id from input i join ${tables.drops} d on d.drop_id = i.s ->> 'drop_id'
             join ${tables.identities} o on o.target = d.target and o.drop_id <> d.drop_id and o.drop_id is distinct from d.purges
       where i.s -> 'guard' -> 'identity' operator(pg_catalog.?) o.part_id limit 1),
    found as materialized (
      select ${columnsOf("d")}, ${nexts}, (select rival.drop_id from rival) as other,
             case when not (i.s -> 'from' operator(pg_catalog.?) d.state)
                       or (i.s ->> 'epoch')::pg_catalog.int4 <> d.epoch then 'stale'
                  when exists (select from rival) then 'identity'
                  when i.s -> 'guard' ? 'volume' and (i.s -> 'guard' ->> 'volume')::pg_catalog.int8 <= greatest(
                       ${startedSince(tables, "target = d.target")}, ${startedSince(tables, "caller = d.caller")}) then 'volume'
                  else 'moved' end as verdict
        from input i join ${tables.drops} d on d.drop_id = i.s ->> 'drop_id'
             cross join lateral pg_catalog.jsonb_populate_record(d, i.s -> 'change') r),
    moved as (
      update ${tables.drops} d
         set ${next},
             epoch = d.epoch + case when i.s ->> 'claim' in ('take', 'count') then 1 else 0 end,
             owner = case i.s ->> 'claim' when 'take' then (i.s ->> 'instance')::pg_catalog.int4 when 'release' then null else d.owner end,
             lease_until = case when i.s ->> 'claim' = 'release' then null
                                when i.s ->> 'claim' = 'take' or d.owner = (i.s ->> 'instance')::pg_catalog.int4 then ${lease}
                                else d.lease_until end,
             version = d.version + 1, step_id = i.s ->> 'step_id', updated_at = pg_catalog.clock_timestamp()
        from found f cross join input i where d.drop_id = f.drop_id and f.verdict = 'moved' returning d.*),
    kept as (
      insert into ${tables.identities} (target, part_id, drop_id)
      select m.target, p.value, m.drop_id from moved m cross join input i
             cross join lateral pg_catalog.jsonb_array_elements_text(i.s -> 'guard' -> 'identity') p
       where m.statement is null and not exists (select from ${tables.identities} o where o.target = m.target and o.part_id = p.value)),
    freed as (delete from ${tables.identities} o using moved m where o.drop_id = m.drop_id and ${isFree}),
    hidden as (
      insert into ${tables.secrets} (drop_id, secret) select m.drop_id, i.s -> 'secret' from moved m cross join input i
       where i.s ? 'secret' on conflict (drop_id) do update set secret = excluded.secret),
    forgotten as (
      delete from ${tables.secrets} x using moved m where x.drop_id = m.drop_id and ${isFree} and m.tombstone is null),
    events as (${tell(tables, "moved")})
    select 'moved' as verdict, null as other, ${columnsOf("m")}, ${notify(tables)} from moved m
    union all
    select f.verdict, f.other, ${columnsOf("f")}, null from found f where f.verdict <> 'moved'`;
}

/** `{drop_id, instance, lease_ms, step_id}`; no row where somebody alive holds it, or there is none. */
export function claimStatement(tables: Tables): string {
  return `with ${input}, m as (
      update ${tables.drops} d
         set owner = (i.s ->> 'instance')::pg_catalog.int4, epoch = d.epoch + 1, lease_until = ${lease},
             version = d.version + 1, step_id = i.s ->> 'step_id'
        from input i where d.drop_id = i.s ->> 'drop_id' and not ${isHeld(tables)} returning d.*)
    select ${columnsOf("m")} from m`;
}

/** `{id, actor, actor_type, action, resource_type, resource_id, details}` */
export function appendStatement(tables: Tables): string {
  return `with ${input} insert into ${tables.events} (${writers})
    select i.s ->> 'id', i.s ->> 'actor', i.s ->> 'actor_type', i.s ->> 'action', i.s ->> 'resource_type', i.s ->> 'resource_id',
           i.s -> 'details', 'drop' from input i`;
}
