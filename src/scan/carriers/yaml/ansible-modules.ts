import { isDataFolder } from "../../../destruction/command/tools/judge-removal.ts";
import type { Destruction } from "../../../destruction/destruction.ts";
import type { DestructionKind } from "../../../destruction/kinds.ts";
import { find, textOf, type YamlEntry, type YamlValue } from "./read-documents.ts";
import { lastPart } from "./script-keys.ts";

/** What a module of Ansible removes with `state: absent`. */
const absent: Readonly<Record<string, DestructionKind>> = {
  postgresql_db: "database",
  mysql_db: "database",
  mssql_db: "database",
  influxdb_database: "database",
  clickhouse_db: "database",
  cassandra_keyspace: "database",
  proxysql_mysql_users: "role",
  postgresql_user: "role",
  postgresql_role: "role",
  mysql_user: "role",
  mysql_role: "role",
  influxdb_user: "role",
  cassandra_role: "role",
  clickhouse_user: "role",
  postgresql_schema: "schema",
  postgresql_table: "table",
  postgresql_tablespace: "tablespace",
  postgresql_ext: "extension",
  postgresql_subscription: "subscription",
  postgresql_slot: "slot",
  mongodb_user: "mongo-user",
  mongodb_role: "mongo-user",
  redis_data: "keys",
  rabbitmq_queue: "stream",
  rabbitmq_vhost: "stream",
  rabbitmq_user: "stream",
  kafka_topic: "stream",
  sqs_queue: "stream",
  kinesis_stream: "stream",
  docker_volume: "server",
  podman_volume: "server",
  rds_instance: "server",
  rds_cluster: "server",
  rds: "server",
  ec2_vol: "server",
  efs: "server",
  dynamodb_table: "server",
  elasticache: "server",
  redshift: "server",
  digital_ocean_database: "server",
  digital_ocean_block_storage: "server",
  gcp_sql_instance: "server",
  gcp_sql_database: "server",
  gcp_compute_disk: "server",
  azure_rm_postgresqlserver: "server",
  azure_rm_postgresqldatabase: "server",
  azure_rm_postgresqlflexibleserver: "server",
  azure_rm_mysqlserver: "server",
  azure_rm_sqldatabase: "server",
  azure_rm_sqlserver: "server",
  azure_rm_manageddisk: "server",
  azure_rm_cosmosdbaccount: "server",
  azure_rm_resourcegroup: "server",
  k8s_namespace: "server",
};
/** States of Salt. */
const salt: Readonly<Record<string, DestructionKind>> = {
  database: "database",
  user: "role",
  group: "role",
  role: "role",
  schema: "schema",
  tablespace: "tablespace",
  extension: "extension",
};
const volumes = /^(?:Namespace|PersistentVolumeClaim|PersistentVolume|Project)$/;

/** A task of Ansible, or a state of Salt, that removes what holds data, by its module. Null for any other entry. */
export function judgeModule(entry: YamlEntry): Omit<Destruction, "certainty"> | null {
  const module = lastPart(entry.key);
  const argument = argumentsOf(entry.value);
  const found = (kind: DestructionKind, what: string): Omit<Destruction, "certainty"> => {
    const name = argument("name") ?? argument("db") ?? argument("database");
    return {
      kind,
      what: `${module}: ${what}`,
      names: name === null ? [] : [name.replaceAll(/\uE000+/g, "…")],
      at: entry.at,
    };
  };
  const removed = /^(?:postgres|mysql|mssql|mongodb|influxdb)_(\w+)\.absent$/.exec(entry.key)?.[1];
  if (removed !== undefined && salt[removed] !== undefined)
    return { ...found(salt[removed], "absent"), what: entry.key };
  const state = argument("state");
  const kind = Object.hasOwn(absent, module) ? absent[module] : undefined;
  if (kind !== undefined && state === "absent") return found(kind, "state: absent");
  switch (module) {
    case "postgresql_table":
      return argument("truncate") === null || isOff(argument("truncate"))
        ? null
        : found("truncate", "truncate");
    case "redis":
      return argument("command") === "flush" ? found("flush", "command: flush") : null;
    case "docker_compose":
    case "docker_compose_v2":
      return state === "absent" && !isOff(argument("remove_volumes") ?? "no")
        ? found("server", "remove_volumes")
        : null;
    case "file":
      return state === "absent" && isDataFolder(argument("path") ?? argument("dest") ?? "")
        ? found("server", "state: absent")
        : null;
    case "k8s":
      return state === "absent" && volumes.test(argument("kind") ?? kindOf(entry.value))
        ? found("server", "state: absent")
        : null;
    default:
      return null;
  }
}

const isOff = (value: string | null) => value === null || /^(?:no|false|off|0)$/i.test(value);

const kindOf = (value: YamlValue) => textOf(find(find(value, "definition"), "kind")) ?? "";

/** Arguments as a map, or in one line: `name=shop state=absent`. */
function argumentsOf(value: YamlValue): (name: string) => string | null {
  if (value.is === "map") return (name) => textOf(find(value, name));
  const line = textOf(value) ?? "";
  return (name) => {
    const match = new RegExp(`(?:^|\\s)${name}=("[^"]*"|'[^']*'|\\S+)`).exec(line);
    return match?.[1]?.replaceAll(/^["']|["']$/g, "") ?? null;
  };
}
