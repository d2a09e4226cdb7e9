import { z } from "zod";
import type { Session } from "../../postgres/session.ts";

/** The rows of a query, each checked. */
export async function queryRows<T extends z.ZodType>(
  session: Session,
  row: T,
  query: string,
): Promise<readonly z.output<T>[]> {
  return z.array(row).parse([...(await session.sql.unsafe(query))]);
}

/** What a query gives as `json`. */
export const grants = z.array(z.object({ grantee: z.string().nullable(), privilege: z.string() }));
export const names = z.array(z.string());

/** An access list as JSON; `acl` is never null: a default stands where the catalog has none. */
export function grantsOf(acl: string): string {
  return `(select coalesce(json_agg(json_build_object('grantee', case a.grantee when 0 then null else pg_catalog.pg_get_userbyid(a.grantee) end,
      'privilege', a.privilege_type)), '[]'::json) from pg_catalog.aclexplode(${acl}) a)`;
}
