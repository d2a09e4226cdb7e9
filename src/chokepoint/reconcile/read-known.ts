import { z } from "zod";
import { qualifiedName } from "../../postgres/identifiers.ts";
import type { Drop } from "../drop.ts";
import { columnsOf, dropOf } from "../ledger/drop-row.ts";
import type { Ask } from "../ledger/readers.ts";
import type { Tables } from "../ledger/tables.ts";
import { parts } from "../resource.ts";
import { partsThatVanish } from "../statements/look-at-what-is-left.ts";
import type { Candidate } from "./explain-loss.ts";
import { orphanReasons } from "./facts.ts";
import type { KnownThing } from "./match-round.ts";

const row = z.object({
  part: z.enum(parts),
  id: z.string(),
  name: z.string(),
  isAlive: z.boolean(),
  spent: z.array(z.string()),
  orphan: z.enum(orphanReasons).nullable(),
  dropId: z.string().nullable(),
});

/** What is known of one server that a target is, or was. */
export async function readKnown(
  ask: Ask,
  schema: string,
  target: string,
  systemIdentifier: string,
): Promise<{
  readonly previous: Date | null;
  readonly known: readonly KnownThing[];
  readonly canaries: ReadonlySet<string>;
}> {
  const at = [target, systemIdentifier];
  const of = "r.target = $1 and r.system_identifier = $2";
  const [round] = await ask(
    `select r.at from ${qualifiedName(schema, "custody_inventory_rounds")} r where ${of}`,
    at,
  );
  const rows = await ask(
    `select r.part, r.id, r.name, r.gone_at is null as "isAlive", pg_catalog.to_json(r.spent) as spent, r.orphan, r.drop_id as "dropId"
       from ${qualifiedName(schema, "custody_inventory")} r where ${of} order by r.part, r.id`,
    at,
  );
  const canaries = await ask(
    `select r.part || ':' || r.id as key from ${qualifiedName(schema, "custody_canaries")} r
      where r.system_identifier = $1 and r.id is not null`,
    [systemIdentifier],
  );
  return {
    previous: round === undefined ? null : z.date().parse(round["at"]),
    known: rows.map((each) => row.parse(each)),
    canaries: new Set(canaries.map((each) => String(each["key"]))),
  };
}

/** Which drops speak of a server: several targets, with policies of their own, may be one. */
interface Place {
  readonly target: string;
  readonly systemIdentifier: string;
}

const identity = "coalesce(d.plan -> 'identity', d.identity)";
const ofPlace = `(d.target = $1 or ${identity} ->> 'systemIdentifier' = $2)`;

/** Drops by what they name: those that name one of the keys, those that keep an identity, and those that moved since. */
export async function readCandidates(
  ask: Ask,
  tables: Tables,
  { target, systemIdentifier }: Place,
  keys: readonly string[],
  since: Date,
): Promise<ReadonlyMap<string, readonly Candidate[]>> {
  const rows = await ask(
    `with wanted as materialized (select w.value from pg_catalog.json_array_elements_text($3::pg_catalog.text::pg_catalog.json) w),
      ids as (
        select d.drop_id from ${tables.drops} d cross join lateral pg_catalog.jsonb_array_elements(${identity} -> 'parts') p
         where ${ofPlace} and d.started_at is not null and exists (select from wanted)
           and (p.value ->> 'part') || ':' || (p.value ->> 'id') in (select wanted.value from wanted)
        union select i.drop_id from ${tables.identities} i join ${tables.drops} d on d.drop_id = i.drop_id where ${ofPlace}
        union select d.drop_id from ${tables.drops} d
         where ${ofPlace} and d.started_at is not null and d.updated_at >= $4::pg_catalog.text::pg_catalog.timestamptz)
     select ${columnsOf("d")}, exists (
              select from ${tables.events} e
               where e.id > d.drop_id || '.' and e.id < d.drop_id || '/' and e.details ->> 'drop_id' = d.drop_id
                 and (e.action = 'drop.purge_started' or e.action = 'drop.completed' and e.details ->> 'destroyed' = 'true')) as was_destroyed
       from ids join ${tables.drops} d on d.drop_id = ids.drop_id`,
    [target, systemIdentifier, JSON.stringify(keys), since.toISOString()],
  );
  const found = new Map<string, Candidate[]>();
  for (const each of rows) {
    const drop = dropOf(each);
    const candidate = { drop, wasDestroyed: each["was_destroyed"] === true };
    // What a statement of a session only touches, it does not explain the loss of.
    const named =
      drop.statement === null ? (drop.plan?.identity ?? drop.identity)?.parts : partsThatVanish(drop);
    for (const { part, id } of named ?? []) {
      const key = `${part}:${id}`;
      found.set(key, [...(found.get(key) ?? []), candidate]);
    }
  }
  return found;
}

/** Drops of a server that somebody wanted undone, however that went: what an undo makes is named after its drop. */
export async function readUndos(
  ask: Ask,
  tables: Tables,
  { target, systemIdentifier }: Place,
): Promise<readonly Drop[]> {
  const rows = await ask(
    `select ${columnsOf("d")} from ${tables.drops} d
      where ${ofPlace} and d.state in ('undo_started', 'undone', 'undo_failed')`,
    [target, systemIdentifier],
  );
  return rows.map(dropOf);
}
