import { z } from "zod";
import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { grantsJson, roleJson } from "../roles.ts";
import { savedDatabase } from "../saved.ts";
import type { SavedDatabase } from "../saved.ts";

const now = savedDatabase.extend({
  isTemplate: z.boolean(),
  /** `datconnlimit` -2: a DROP DATABASE was cut off half-way, and nothing but another can be done to it. */
  isInvalid: z.boolean(),
});

/** A database as it is: all that a dump would not hold. */
export type DatabaseNow = z.infer<typeof now>;

/** Null: there is no database of that oid. */
export async function readDatabase(session: Session, oid: string): Promise<DatabaseNow | null> {
  const [found] = await session.sql
    .unsafe(query, [oid])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "reading what the database is")));
  return found === undefined ? null : now.parse(found["facts"]);
}

/** Without what is no part of the plan. */
export function toSaved({
  isTemplate: _template,
  isInvalid: _invalid,
  ...saved
}: DatabaseNow): SavedDatabase {
  return saved;
}

const query = `
select pg_catalog.json_build_object(
  'oid', d.oid::text, 'name', d.datname::text, 'owner', ${roleJson("d.datdba")}, 'grants', ${grantsJson("d.datacl", "d", "d.datdba")},
  'connectionLimit', d.datconnlimit, 'allowsConnections', d.datallowconn, 'tablespace', t.spcname::text,
  'encoding', pg_catalog.pg_encoding_to_char(d.encoding)::text,
  'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
  'labels', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('provider', l.provider, 'label', l.label) order by l.provider), '[]')
    from pg_catalog.pg_shseclabel l where l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass and l.objoid = d.oid),
  'settings', (select coalesce(pg_catalog.to_json((select s.setconfig from pg_catalog.pg_db_role_setting s
    where s.setdatabase = d.oid and s.setrole = 0)), '[]')),
  'roleSettings', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('role', ${roleJson("s.setrole")}, 'settings', s.setconfig)
    order by s.setrole), '[]') from pg_catalog.pg_db_role_setting s where s.setdatabase = d.oid and s.setrole <> 0),
  'slots', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', s.slot_name::text, 'plugin', s.plugin::text,
    'isTwoPhase', s.two_phase, 'confirmedLsn', s.confirmed_flush_lsn::text) order by s.slot_name), '[]')
    from pg_catalog.pg_replication_slots s where s.datoid = d.oid and s.slot_type = 'logical' and not s.active and not s.temporary),
  'isTemplate', d.datistemplate, 'isInvalid', d.datconnlimit = -2
) as facts
from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
where d.oid = $1::pg_catalog.oid`;
