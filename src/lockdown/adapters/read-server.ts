import { z } from "zod";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { displayAddress } from "../../postgres/settings.ts";
import type { HbaRule, ServerFacts } from "../facts.ts";
import { grants, grantsOf, names, queryRows } from "./query-rows.ts";

const self = z.object({ role: z.string(), isSuperuser: z.boolean(), listenAddresses: z.string() });
const role = z.object({
  name: z.string(),
  isBootstrap: z.boolean(),
  isSuperuser: z.boolean(),
  canCreateDatabases: z.boolean(),
  canCreateRoles: z.boolean(),
  canReplicate: z.boolean(),
  canLogin: z.boolean(),
});
const membership = z.object({
  role: z.string(),
  member: z.string(),
  grantor: z.string(),
  mayHandOn: z.boolean(),
});
const database = z.object({
  name: z.string(),
  owner: z.string(),
  takesConnections: z.boolean(),
  isTemplate: z.boolean(),
  grants,
  workers: names,
});
const owned = z.object({ name: z.string(), owner: z.string() });
const parameterGrant = z.object({
  parameter: z.string(),
  grantee: z.string().nullable(),
  privilege: z.string(),
});
const kept = z.object({
  role: z.string().nullable(),
  database: z.string().nullable(),
  parameter: z.string(),
  value: z.string(),
});
const setting = z.object({ name: z.string(), value: z.string(), isFixedAtStart: z.boolean() });
const rule = z.object({
  line: z.number(),
  type: z.string().nullable(),
  databases: names.nullable(),
  roles: names.nullable(),
  method: z.string().nullable(),
  options: names.nullable(),
  isAnyAddress: z.boolean().nullable(),
  error: z.string().nullable(),
});

/** Roles, databases, grants and settings, from the shared catalogs; any role may read all of it but pg_hba.conf. */
export async function readServer(session: Session): Promise<ServerFacts> {
  const [me] = await queryRows(session, self, selfQuery);
  if (me === undefined) throw new Error("a query of one row gave none");
  return {
    address: displayAddress(session.settings),
    major: session.major,
    version: session.serverVersion,
    ...me,
    roles: await queryRows(session, role, rolesQuery),
    memberships: await queryRows(session, membership, membershipsQuery),
    databases: await queryRows(session, database, databasesQuery),
    tablespaces: await queryRows(session, owned, tablespacesQuery),
    parameterGrants: session.major < 15 ? [] : await queryRows(session, parameterGrant, parametersQuery),
    keptSettings: await queryRows(session, kept, keptQuery),
    settings: await queryRows(session, setting, settingsQuery),
    hba: await readHba(session),
  };
}

async function readHba(session: Session): Promise<ServerFacts["hba"]> {
  try {
    const rules = await queryRows(session, rule, hbaQuery);
    const [shown] = await queryRows(session, z.object({ file: z.string() }), fileQuery);
    return { file: shown?.file ?? "pg_hba.conf", rules: rules.map(toRule) };
  } catch (error) {
    if (serverErrorOf(error)?.sqlstate === "42501") return null;
    throw error;
  }
}

/** A line in error has nothing but its number and the error. */
function toRule(row: z.output<typeof rule>): HbaRule {
  return {
    line: row.line,
    type: row.type ?? "",
    databases: row.databases ?? [],
    roles: row.roles ?? [],
    method: row.method ?? "",
    options: row.options ?? [],
    isAnyAddress: row.isAnyAddress ?? false,
    error: row.error,
  };
}

const selfQuery = `
  select rolname::text as "role", rolsuper as "isSuperuser",
         pg_catalog.current_setting('listen_addresses') as "listenAddresses"
  from pg_catalog.pg_roles where rolname = session_user`;

const rolesQuery = `
  select rolname::text as "name", oid = 10 as "isBootstrap", rolsuper as "isSuperuser", rolcreatedb as "canCreateDatabases",
         rolcreaterole as "canCreateRoles", rolreplication as "canReplicate", rolcanlogin as "canLogin"
  from pg_catalog.pg_roles order by rolname`;

const membershipsQuery = `
  select pg_catalog.pg_get_userbyid(roleid)::text as "role", pg_catalog.pg_get_userbyid(member)::text as "member",
         pg_catalog.pg_get_userbyid(grantor)::text as "grantor", admin_option as "mayHandOn"
  from pg_catalog.pg_auth_members order by 2, 1, 3`;

/** A database that custody fenced, or made to be dropped, is custody's own affair; one with a limit of -2 takes nothing but its drop. */
const databasesQuery = `
  select d.datname::text as "name", pg_catalog.pg_get_userbyid(d.datdba)::text as "owner",
         d.datallowconn and d.datconnlimit <> -2 as "takesConnections", d.datistemplate as "isTemplate",
         ${grantsOf("coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))")} as "grants",
         (select coalesce(json_agg(distinct r.rolname::text), '[]'::json) from pg_catalog.pg_shdepend s
          join pg_catalog.pg_roles r on r.oid = s.refobjid
          where s.dbid = d.oid and s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass) as "workers"
  from pg_catalog.pg_database d
  where d.datname !~ '^custody_(tomb|undo|canary)_'
  order by d.datname`;

const tablespacesQuery = `
  select spcname::text as "name", pg_catalog.pg_get_userbyid(spcowner)::text as "owner"
  from pg_catalog.pg_tablespace order by spcname`;

const parametersQuery = `
  select p.parname as "parameter", case a.grantee when 0 then null else pg_catalog.pg_get_userbyid(a.grantee)::text end as "grantee",
         a.privilege_type as "privilege"
  from pg_catalog.pg_parameter_acl p cross join lateral pg_catalog.aclexplode(p.paracl) a
  order by 1, 2, 3`;

const keptQuery = `
  select case s.setrole when 0 then null else pg_catalog.pg_get_userbyid(s.setrole)::text end as "role",
         d.datname::text as "database", pg_catalog.split_part(c, '=', 1) as "parameter",
         pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) as "value"
  from pg_catalog.pg_db_role_setting s
  left join pg_catalog.pg_database d on d.oid = s.setdatabase
  cross join lateral pg_catalog.unnest(s.setconfig) c
  order by 1, 2, 3`;

/** What a role or a database sets for itself is another matter: only what holds for everybody. */
const settingsQuery = `
  select name, setting as "value", source = 'command line' as "isFixedAtStart"
  from pg_catalog.pg_settings
  where name in ('session_replication_role', 'event_triggers', 'lo_compat_privileges', 'allow_system_table_mods', 'log_statement')
    and source in ('configuration file', 'command line', 'environment variable', 'override', 'global', 'default')
  order by name`;

const hbaQuery = `
  select line_number as "line", type, to_json(database) as "databases", to_json(user_name) as "roles", auth_method as "method",
         to_json(options) as "options", error,
         address is null or address = 'all' or (address in ('0.0.0.0', '::') and netmask in ('0.0.0.0', '::')) as "isAnyAddress"
  from pg_catalog.pg_hba_file_rules
  order by line_number`;

const fileQuery = `select pg_catalog.current_setting('hba_file') as "file"`;
