import type { Session } from "../../src/postgres/connect.ts";
import { connect } from "../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../src/postgres/identifiers.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { ask } from "./postgres-target.ts";

export const tenantPassword = "pässword's \\secret";

export interface Tenant {
  readonly database: string;
  readonly role: string;
}

/** A tenant as a provisioner makes one, with everything about it that no dump holds. */
export async function makeTenant(
  settings: ConnectionSettings,
  tenant: Tenant,
  encryption: "md5" | "scram-sha-256" = "scram-sha-256",
): Promise<void> {
  const database = quoteIdentifier(tenant.database);
  const role = quoteIdentifier(tenant.role);
  const reader = quoteIdentifier(`${tenant.role.slice(0, 20)} reader of ${tenant.database.slice(0, 10)}`);
  const group = quoteIdentifier(`${tenant.role.slice(0, 20)} group of ${tenant.database.slice(0, 10)}`);
  const password = tenantPassword.replaceAll("'", "''").replaceAll("\\", "\\\\");
  await ask(
    settings,
    `set password_encryption = '${encryption}'`,
    `create role ${role} login createdb connection limit 7 valid until '2099-01-01' password E'${password}'`,
    `create role ${reader} login`,
    `create role ${group}`,
    `grant ${group} to ${role} with admin option`,
    `grant ${role} to ${reader}`,
    `alter role ${role} set work_mem = '5MB'`,
    `alter role ${role} set search_path = "$user", public`,
    `comment on role ${role} is 'a tenant''s role'`,
    `create database ${database} owner ${role} template template0`,
    `alter database ${database} set work_mem = '6MB'`,
    `alter database ${database} set search_path = app, "$user", public`,
    `alter role ${role} in database ${database} set statement_timeout = '77s'`,
    `alter database ${database} connection limit 11`,
    `comment on database ${database} is 'a tenant''s database'`,
    `revoke all on database ${database} from public`,
    `grant connect on database ${database} to ${reader} with grant option`,
    `set role ${reader}`,
    `grant connect on database ${database} to ${group}`,
    "reset role",
  );
  await ask(
    { ...settings, database: tenant.database },
    `set role ${role}`,
    "create schema app",
    "create table app.customer (id int generated always as identity primary key, name text not null, note jsonb)",
    "insert into app.customer (name, note) select 'customer ' || n, jsonb_build_object('n', n) from generate_series(1, 500) n",
    "create view app.names as select name from app.customer",
    `grant select on app.customer to ${reader}`,
    "create function app.twice(n int) returns int language sql as 'select n * 2'",
  );
}

/** All about a tenant that a dump does not hold, oids apart, in words. */
export async function describeTenant(
  settings: ConnectionSettings,
  { database, role }: Tenant,
): Promise<unknown> {
  await using session: Session = await connect(settings, { applicationName: "test" });
  const [row] = await session.sql.unsafe(
    `select (select json_build_object('owner', pg_get_userbyid(datdba), 'limit', datconnlimit, 'allow', datallowconn, 'comment', shobj_description(oid, 'pg_database'),
        'acl', (select json_agg(line order by line) from (select format('%s %s %s %s', pg_get_userbyid(grantor), case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end, privilege_type, is_grantable) as line
          from aclexplode(coalesce(datacl, acldefault('d', datdba)))) l),
        'settings', (select json_agg(json_build_array(case setrole when 0 then '' else pg_get_userbyid(setrole)::text end, setconfig) order by setrole <> 0) from pg_db_role_setting where setdatabase = d.oid))
        from pg_database d where datname = $1) as database,
      (select json_build_object('role', to_jsonb(r) - 'oid', 'verifier', rolpassword, 'comment', shobj_description(r.oid, 'pg_authid'),
        'settings', (select json_agg(setconfig) from pg_db_role_setting where setrole = r.oid and setdatabase = 0),
        'memberships', (select json_agg(line order by line) from (select format('%s in %s by %s %s', pg_get_userbyid(member), pg_get_userbyid(roleid), pg_get_userbyid(grantor), to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor') as line
          from pg_auth_members m where r.oid in (m.roleid, m.member)) l))
        from pg_authid r where rolname = $2) as role`,
    [database, role],
  );
  return row;
}
