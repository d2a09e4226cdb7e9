import type { Session } from "../../../postgres/connect.ts";
import { quoteIdentifier } from "../../../postgres/identifiers.ts";
import type { Grant, RoleRef } from "./saved.ts";

/** Finds what roles are called now: those that were saved are known by their oids, which another may have got since. */
export interface RoleNames {
  /** Quoted; null where there is no such role any more. */
  quoted(ref: RoleRef): string | null;
  /** Its oid now. */
  oid(ref: RoleRef): string | null;
}

interface Row {
  readonly oid: string;
  readonly name: string;
}

/**
 * Looks the roles up. The drop's own role has whatever name and oid it has at the moment (`own`: as it was saved → as it is); any other
 * is the one of its oid where that has kept its name, else the one that has its name.
 */
export async function findRoles(
  session: Session,
  own: { readonly saved: RoleRef; readonly now: RoleRef } | null = null,
): Promise<RoleNames> {
  const rows = await session.sql.unsafe<Row[]>(
    "select oid::text as oid, rolname::text as name from pg_catalog.pg_roles",
  );
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const byName = new Map(rows.map((row) => [row.name, row]));
  const find = (ref: RoleRef): Row | null => {
    if (own !== null && ref.oid === own.saved.oid) return own.now;
    const same = byOid.get(ref.oid);
    if (same?.name === ref.name) return same;
    return byName.get(ref.name) ?? same ?? null;
  };
  return {
    quoted: (ref) => {
      const found = find(ref);
      return found === null ? null : quoteIdentifier(found.name);
    },
    oid: (ref) => find(ref)?.oid ?? null,
  };
}

/** SQL for a role as `RoleRef`. */
export function roleJson(oid: string): string {
  return `pg_catalog.json_build_object('oid', (${oid})::text, 'name', pg_catalog.pg_get_userbyid(${oid})::text)`;
}

/** SQL for privileges as `Grant[]`; `kind` as `acldefault` has it. Source: PostgreSQL's `aclexplode`. */
export function grantsJson(acl: string, kind: "d" | "n", owner: string): string {
  return `(select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'grantor', ${roleJson("e.grantor")},
      'grantee', case when e.grantee = 0 then null else ${roleJson("e.grantee")} end,
      'privilege', e.privilege_type, 'isGrantable', e.is_grantable)
      order by e.grantor <> ${owner}, e.grantee, e.privilege_type), '[]')
    from pg_catalog.aclexplode(coalesce(${acl}, pg_catalog.acldefault('${kind}', ${owner}))) e)`;
}

/** Whether two lists of privileges say the same of the same roles. */
export function sameGrants(left: readonly Grant[], right: readonly Grant[]): boolean {
  const keys = (grants: readonly Grant[]): string =>
    grants
      .map(
        ({ grantor, grantee, privilege, isGrantable }) =>
          `${grantor.oid} ${grantee?.oid ?? "public"} ${privilege} ${isGrantable}`,
      )
      .toSorted()
      .join("\n");
  return keys(left) === keys(right);
}
