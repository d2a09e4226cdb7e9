import { mkdtemp, readFile, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Scene } from "./lockdown-scene.ts";
import { tcpPassword } from "./tcp-cluster.ts";

/** One way round a proxy, as somebody would go it. */
export interface WayRound {
  readonly name: string;
  readonly arrange: readonly ((scene: Scene) => Promise<unknown>)[];
  readonly attempt: (scene: Scene) => Promise<unknown>;
  /** Whether something is gone, asked by the superuser. */
  readonly isDestroyed: (scene: Scene) => Promise<boolean>;
  /** What the server says when it is closed. */
  readonly refusal: RegExp;
  readonly flags?: readonly string[];
}

export const sql =
  (database: string, ...statements: readonly string[]) =>
  (scene: Scene) =>
    scene.admin(statements, database);

/** A tenant with a database, as the provisioner makes one. */
export const tenant = (token: string) => async (scene: Scene) => {
  await scene.role(`usr_${token}`);
  await scene.admin([`create database db_${token} owner usr_${token}`]);
};
/** Another database of the tenant's, which it can drop from where it is. */
export const spare = sql("postgres", "create database db_spare owner usr_a");
export const role =
  (name: string, attributes = "") =>
  (scene: Scene) =>
    scene.role(name, attributes);

export const isGone = (query: string, database?: string) => async (scene: Scene) =>
  (await scene.admin([query], database)).length === 0;
export const noDatabase = (name: string) => isGone(`select from pg_database where datname = '${name}'`);
export const noRole = (name: string) => isGone(`select from pg_roles where rolname = '${name}'`);
export const noTable = (name: string, database: string) =>
  isGone(`select from pg_class where relname = '${name}'`, database);
export const noRows = (name: string, database: string) => isGone(`select from ${name} limit 1`, database);

const folder = await mkdtemp("/tmp/ways-round-");
await chmod(folder, 0o777);
export const waysFolder = folder;
export const victim = join(folder, "victim");
export const precious = async () => {
  await writeFile(victim, "precious");
  await chmod(victim, 0o666);
};
export const isOverwritten = async () => (await readFile(victim, "utf8").catch(() => "")) !== "precious";

/** A table that refuses deletes by a trigger, which some settings turn off. */
export const guarded = [
  tenant("a"),
  sql(
    "db_a",
    "create table kept (id int)",
    "insert into kept values (1)",
    "create function keep() returns trigger language plpgsql as $$ begin raise 'kept'; end $$",
    "create trigger keep before delete on kept for each row execute function keep()",
    "grant select, delete on kept to usr_a",
  ),
];

/** A function that drops a role, called by an admin who means lower(). */
export const trap = (schema: string): readonly string[] => [
  `create function ${schema}.lower(varchar) returns text language plpgsql as $$ begin execute 'drop role if exists victim'; return ''; end $$`,
];
export const fallIntoTrap = (scene: Scene) => scene.as("dba", "db_a", ["select lower('x'::varchar)"]);

export const drop = (who: string, what: string) => (scene: Scene) => scene.as(who, "postgres", [what]);
export const denied =
  /permission denied|must be owner|must be superuser|refused here|must be member|must have|pg_hba/;

export function dsn(scene: Scene, user: string, database: string): string {
  const password = tcpPassword.replaceAll("\\", "\\\\");
  return `host=localhost port=${scene.port} user=${user} password='${password}' dbname=${database}`;
}
