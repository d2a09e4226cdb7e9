import { z } from "zod";
import { explainServerError } from "../../../../postgres/connect.ts";
import type { ServerRefusal } from "../../../backend.ts";
import type { Subject } from "../../../statements/statement-eyes.ts";
import type { Context } from "../context.ts";
import { openReadOnly } from "../open-session.ts";
import { refusal } from "../refusal.ts";
import { applicationName } from "./identify.ts";

/**
 * What the server would answer to a session that dropped this itself, of rights alone, in its words (source: `dropdb`, `DropRole`,
 * `RemoveObjects`). custody's own connection could do it for anybody: a fence is put up only for who may. Null: every one of the roles may,
 * or there is nothing of that name.
 */
export async function refuseDestroyer(
  context: Context,
  { part, name }: Subject,
  roles: readonly string[],
  database: string,
  signal: AbortSignal,
): Promise<ServerRefusal | null> {
  if (part !== "database" && part !== "role" && part !== "schema")
    return refusal("0A000", `custody cannot tell who may drop a ${part}`);
  if (part === "database" && name === database)
    return refusal("55006", "cannot drop the currently open database");
  if (part === "role" && roles.includes(name)) return refusal("55006", "session user cannot be dropped");
  const settings = await context.settings();
  await using session = await openReadOnly(
    settings,
    part === "schema" ? { applicationName, signal, database } : { applicationName, signal },
  );
  const rows = await session.sql
    .unsafe(queries(session.major)[part], [JSON.stringify(roles), name])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "asking who may drop it")));
  const isAllowed = rows.every((each) => row.parse(each).may);
  if (isAllowed) return null;
  return part === "role"
    ? refusal("42501", "permission denied to drop role")
    : refusal("42501", `must be owner of ${part} ${name}`);
}

const row = z.object({ may: z.boolean() });

/** A role that is not there may nothing. */
const asked = `(select a.value as role, u.oid, coalesce(u.rolsuper, false) as super, coalesce(u.rolcreaterole, false) as creates
  from pg_catalog.json_array_elements_text($1::text::json) a left join pg_catalog.pg_roles u on u.rolname::text = a.value) r`;

function queries(major: number): Readonly<Record<"database" | "role" | "schema", string>> {
  const mayAdminister =
    major >= 16
      ? "coalesce(pg_catalog.pg_has_role(r.oid, t.oid, 'MEMBER WITH ADMIN OPTION'), false)"
      : "true";
  return {
    database: `select coalesce(pg_catalog.pg_has_role(r.oid, d.datdba, 'USAGE'), false) as may
      from pg_catalog.pg_database d cross join ${asked} where d.datname::text = $2`,
    schema: `select coalesce(pg_catalog.pg_has_role(r.oid, n.nspowner, 'USAGE'), false) as may
      from pg_catalog.pg_namespace n cross join ${asked} where n.nspname::text = $2`,
    role: `select r.super or r.creates and not t.rolsuper and ${mayAdminister} as may
      from pg_catalog.pg_roles t cross join ${asked} where t.rolname::text = $2`,
  };
}
