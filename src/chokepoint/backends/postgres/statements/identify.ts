import { z } from "zod";
import { OpsError } from "../../../../errors.ts";
import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { FoundPart } from "../../../drop.ts";
import { allParts } from "../../../resource.ts";
import type { Part } from "../../../resource.ts";
import type { Identified, Subject } from "../../../statements/statement-eyes.ts";
import type { Context } from "../context.ts";
import { finalName } from "../final-name.ts";
import { openReadOnly } from "../open-session.ts";
import { readServerFacts } from "../server-facts.ts";

/** What any connection to the server sees. */
const shared: ReadonlySet<Part> = new Set(["database", "role", "tablespace", "subscription", "slot"]);

/**
 * What bears the names of a statement now: databases, roles and their like from any connection, the rest in the session's own database.
 * A name that is not qualified is looked for in every schema, since nobody here knows the search_path: it counts where one alone has it.
 */
export async function identifySubjects(
  context: Context,
  subjects: readonly Subject[],
  database: string,
  signal: AbortSignal,
): Promise<Identified> {
  const settings = await context.settings();
  await using session = await openReadOnly(settings, { applicationName, signal });
  const server = await readServerFacts(session);
  const asked = subjects.map((subject, index): Asked => ({
    i: index,
    part: subject.part,
    name: finalPieces(subject),
    candidates: candidatesOf(subject),
  }));
  const found = await find(session, sharedQuery, asked, database);
  const own = asked.filter(({ part }) => !shared.has(part));
  let isInside = true;
  if (own.length > 0) {
    try {
      await using inside =
        database === session.settings.database
          ? null
          : await openReadOnly(session.settings, { applicationName, signal, database });
      found.push(...(await find(inside ?? session, ownQuery, own, database)));
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      isInside = false;
    }
  }
  return {
    systemIdentifier: server.systemIdentifier,
    found: subjects.map(({ part }, index) => {
      const all = found.filter(({ i }) => i === index);
      const [first] = all;
      if (!isInside && !shared.has(part)) return "unclear";
      if (first === undefined) return "none";
      return all.length > 1 ? "unclear" : partOf(first);
    }),
  };
}

export const applicationName = "statement";

interface Asked {
  readonly i: number;
  readonly part: Part;
  readonly name: string;
  /** What of a qualified name may be the name itself: its pieces, and what they make together. */
  readonly candidates: readonly string[];
}

const row = z.object({ i: z.number(), part: z.enum(allParts), name: z.string(), id: z.string() });

async function find(
  session: Session,
  query: string,
  asked: readonly Asked[],
  database: string,
): Promise<z.output<typeof row>[]> {
  const rows = await session.sql
    .unsafe(query, [JSON.stringify(asked), database])
    .catch((error: unknown) =>
      Promise.reject(explainServerError(error, "looking for what it would destroy")),
    );
  return rows.map((each) => row.parse(each));
}

function partOf({ part, name, id }: z.output<typeof row>): FoundPart {
  return { part, name, id, sizeBytes: null };
}

/** Each piece as the server keeps it. A dot in a quoted name cuts it here too, and is read either way. */
function finalPieces({ name, part }: Subject): string {
  return shared.has(part) || part === "schema" ? finalName(name) : name.split(".").map(finalName).join(".");
}

const mostPieces = 6;

function candidatesOf({ name }: Subject): readonly string[] {
  const pieces = name.split(".").map(finalName).slice(0, mostPieces);
  return pieces.flatMap((_, from) =>
    pieces.slice(from).map((__, count) => pieces.slice(from, from + count + 1).join(".")),
  );
}

const subjects = `with s as materialized (
  select * from pg_catalog.json_to_recordset($1::text::json) as s (i int4, part text, name text, candidates text[]))`;

const sharedQuery = `${subjects}
select s.i, s.part, d.datname::text as name, d.oid::text as id
  from s join pg_catalog.pg_database d on s.part = 'database' and d.datname::text = s.name
union all
select s.i, s.part, r.rolname::text, r.oid::text from s join pg_catalog.pg_roles r on s.part = 'role' and r.rolname::text = s.name
union all
select s.i, s.part, t.spcname::text, t.oid::text
  from s join pg_catalog.pg_tablespace t on s.part = 'tablespace' and t.spcname::text = s.name
union all
select s.i, s.part, u.subname::text, u.oid::text
  from s join pg_catalog.pg_subscription u on s.part = 'subscription' and u.subname::text = s.name
         join pg_catalog.pg_database d on d.oid = u.subdbid and d.datname::text = $2
union all
select s.i, s.part, p.slot_name::text, p.slot_name::text
  from s join pg_catalog.pg_replication_slots p on s.part = 'slot' and p.slot_name::text = s.name`;

/** Identities of what is in a database begin with the database's own (`schemaId`). */
const ownQuery = `${subjects},
  d as materialized (select d.oid, d.datname from pg_catalog.pg_database d where d.datname = pg_catalog.current_database() and d.datname::text = $2)
select s.i, s.part, n.nspname::text as name, d.oid || '/' || n.oid as id
  from s cross join d join pg_catalog.pg_namespace n on n.nspname = any (s.candidates::name[])
 where s.part = 'schema' and s.name = n.nspname::text
union all
select s.i, s.part, n.nspname || '.' || c.relname, d.oid || '/' || c.oid
  from s cross join d join pg_catalog.pg_class c on c.relname = any (s.candidates::name[]) join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where s.part = 'table' and s.name in (c.relname::text, n.nspname || '.' || c.relname, d.datname || '.' || n.nspname || '.' || c.relname)
union all
select s.i, s.part, n.nspname || '.' || c.relname || '.' || a.attname, d.oid || '/' || c.oid || '/' || a.attnum
  from s cross join d join pg_catalog.pg_class c on c.relname = any (s.candidates::name[]) join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = any (s.candidates::name[]) and not a.attisdropped
 where s.part = 'column' and s.name in (c.relname || '.' || a.attname, n.nspname || '.' || c.relname || '.' || a.attname)
union all
select s.i, s.part, n.nspname || '.' || t.typname, d.oid || '/' || t.oid
  from s cross join d join pg_catalog.pg_type t on t.typname = any (s.candidates::name[]) join pg_catalog.pg_namespace n on n.oid = t.typnamespace
 where s.part = 'type' and s.name in (t.typname::text, n.nspname || '.' || t.typname)
union all
select s.i, s.part, e.extname::text, d.oid || '/' || e.oid
  from s cross join d join pg_catalog.pg_extension e on e.extname::text = s.name where s.part = 'extension'`;
