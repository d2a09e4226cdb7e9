/** The system catalogs of PostgreSQL 14 to 18, without `pg_` (https://www.postgresql.org/docs/18/catalogs.html). */
export const systemCatalogs: ReadonlySet<string> = new Set(
  (
    "aggregate am amop amproc attrdef attribute auth_members authid cast class collation constraint conversion database " +
    "db_role_setting default_acl depend description enum event_trigger extension foreign_data_wrapper foreign_server " +
    "foreign_table index inherits init_privs language largeobject largeobject_metadata namespace opclass operator opfamily " +
    "parameter_acl partitioned_table policy proc publication publication_namespace publication_rel range replication_origin " +
    "rewrite seclabel sequence shdepend shdescription shseclabel statistic statistic_ext statistic_ext_data subscription " +
    "subscription_rel tablespace transform trigger ts_config ts_config_map ts_dict ts_parser ts_template type user_mapping"
  ).split(" "),
);

/** MySQL's grant tables: to delete from them is to drop users. */
const mysql: ReadonlySet<string> = new Set([
  "user",
  "db",
  "tables_priv",
  "columns_priv",
  "procs_priv",
  "global_priv",
]);

/** Whether writing this relation changes what databases, roles and tables there are. */
export function isCatalog(schema: string, relation: string): boolean {
  const name = relation.toLowerCase();
  if (name === "sqlite_master" || name === "sqlite_schema") return true;
  const isNamed = name.startsWith("pg_") && systemCatalogs.has(name.slice(3));
  return schema === "" ? isNamed : schema.toLowerCase() === "pg_catalog";
}

export function isGrantTable(schema: string, relation: string): boolean {
  return schema.toLowerCase() === "mysql" && mysql.has(relation.toLowerCase());
}
