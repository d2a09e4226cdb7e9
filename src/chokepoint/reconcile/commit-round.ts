import { explainServerError } from "../../postgres/explain-error.ts";
import { qualifiedName } from "../../postgres/identifiers.ts";
import type { Session } from "../../postgres/session.ts";
import type { Ask } from "../ledger/readers.ts";
import { by } from "../ledger/step-input.ts";
import { storableDetails, storableJson, storableText } from "../ledger/storable.ts";
import type { Tables } from "../ledger/tables.ts";
import type { RowChange } from "./match-round.ts";
import { reconciler } from "./round-events.ts";
import type { RoundEvent } from "./round-events.ts";

interface Commit {
  readonly tables: Tables;
  readonly target: string;
  readonly systemIdentifier: string;
  readonly at: Date;
  readonly changes: readonly RowChange[];
  readonly events: readonly RoundEvent[];
}

/** One transaction: a loss that is told is marked as told, and the other way round. A commit whose answer was lost is told by the next round. */
export async function commitRound(session: Session, ask: Ask, commit: Commit): Promise<void> {
  const { tables, target, systemIdentifier, changes, events } = commit;
  const inventory = qualifiedName(tables.schema, "custody_inventory");
  const rounds = qualifiedName(tables.schema, "custody_inventory_rounds");
  const place = [target, systemIdentifier, commit.at.toISOString()];
  await ask("begin", []);
  try {
    const ofKind = (...kinds: readonly RowChange["kind"][]): string =>
      storableJson(changes.filter(({ kind }) => kinds.includes(kind)));
    // Before the round's own time moves on: what is gone was seen last in the one before.
    await ask(goneStatement(inventory, rounds), [...place, ofKind("gone")]);
    await ask(seenStatement(inventory), [...place, ofKind("appeared", "returned", "renamed")]);
    await ask(orphanStatement(inventory), [target, systemIdentifier, ofKind("orphan")]);
    await ask(
      `insert into ${rounds} (target, system_identifier, at) values ($1, $2, $3::pg_catalog.text::pg_catalog.timestamptz)
       on conflict (target, system_identifier) do update set at = excluded.at`,
      place,
    );
    if (events.length > 0) await ask(eventStatement(tables), [eventsOf(events)]);
    await ask("commit", []);
  } catch (error) {
    await session.sql.unsafe("rollback").catch(() => undefined);
    throw explainServerError(error, "recording what was reconciled");
  }
}

const listed = (parameter: string): string =>
  `pg_catalog.jsonb_to_recordset(${parameter}::pg_catalog.text::pg_catalog.jsonb)`;

function goneStatement(inventory: string, rounds: string): string {
  return `update ${inventory} r
     set gone_at = $3::pg_catalog.text::pg_catalog.timestamptz, finding = c.finding, drop_id = c."dropId", orphan = null,
         last_seen = coalesce((select o.at from ${rounds} o where o.target = $1 and o.system_identifier = $2), r.first_seen),
         spent = case when c.finding = 'attributed' then pg_catalog.array_append(r.spent, c."dropId") else r.spent end
    from ${listed("$4")} c (part text, id text, finding text, "dropId" text)
   where r.target = $1 and r.system_identifier = $2 and r.part = c.part and r.id = c.id and r.gone_at is null`;
}

function seenStatement(inventory: string): string {
  return `insert into ${inventory} as r (target, system_identifier, part, id, name, first_seen)
    select $1, $2, c.part, c.id, c.name, $3::pg_catalog.text::pg_catalog.timestamptz
      from ${listed("$4")} c (part text, id text, name text)
    on conflict (target, system_identifier, part, id) do update
      set name = excluded.name, last_seen = null, gone_at = null, finding = null,
          first_seen = case when r.gone_at is null then r.first_seen else excluded.first_seen end,
          drop_id = case when r.gone_at is null then r.drop_id end`;
}

function orphanStatement(inventory: string): string {
  return `update ${inventory} r set orphan = c.reason, drop_id = c."dropId"
    from ${listed("$3")} c (part text, id text, reason text, "dropId" text)
   where r.target = $1 and r.system_identifier = $2 and r.part = c.part and r.id = c.id and r.gone_at is null`;
}

function eventStatement(tables: Tables): string {
  return `insert into ${tables.events} (id, actor, actor_type, action, resource_type, resource_id, details, event_category)
    select e.id, e.actor, e.actor_type, e.action, e.resource_type, e.resource_id, e.details, 'drop'
      from ${listed("$1")} e (id text, actor text, actor_type text, action text, resource_type text, resource_id text, details jsonb)
    on conflict do nothing`;
}

function eventsOf(events: readonly RoundEvent[]): string {
  const { actor, actor_type, by: who } = by(reconciler);
  return storableJson(
    events.map(({ id, action, resourceType, resourceId, details }) => ({
      id,
      actor,
      actor_type,
      action,
      resource_type: storableText(resourceType, 256),
      resource_id: storableText(resourceId, 8000),
      details: { ...storableDetails(details), ...who },
    })),
  );
}
