import { connect } from "../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../src/postgres/identifiers.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { custody, documentOf, dsnOf } from "./run-custody.ts";
import { tcpPassword } from "./tcp-cluster.ts";

/** A server on which tenants and admins come and go. */
export interface Scene {
  readonly settings: ConnectionSettings;
  /** Its port on the loopback, where passwords are asked for. */
  readonly port: number;
  /** As the superuser; statements one after another. */
  admin(statements: readonly string[], database?: string): Promise<readonly Record<string, unknown>[]>;
  as(role: string, database: string, statements: readonly string[]): Promise<void>;
  /** A role that can log in, with the password of all. */
  role(name: string, attributes?: string): Promise<void>;
  /** Everything gone that no new server has. */
  reset(): Promise<void>;
  lockdown(...flags: readonly string[]): Promise<LockdownTold>;
}

export interface LockdownTold {
  readonly code: number;
  readonly stderr: string;
  readonly verdict: unknown;
  readonly applied: readonly { readonly sql: string }[];
  readonly findings: readonly { readonly way: string; readonly object: string; readonly reason: string }[];
  readonly script: readonly string[];
  readonly hba: { readonly lines: readonly string[] } | null;
}

export function sceneOn(settings: ConnectionSettings, port = 0): Scene {
  const run = async (place: ConnectionSettings, statements: readonly string[]) => {
    await using session = await connect(place, { applicationName: "test" });
    let rows: readonly Record<string, unknown>[] = [];
    for (const each of statements) rows = [...(await session.sql.unsafe(each))];
    return rows;
  };
  const admin: Scene["admin"] = (statements, database = "postgres") =>
    run({ ...settings, database }, statements);
  return {
    settings,
    port,
    admin,
    async as(role, database, statements) {
      await run({ ...settings, user: role, database }, statements);
    },
    async role(name, attributes = "") {
      const password = tcpPassword.replaceAll("'", "''");
      await admin([
        `create role ${quoteIdentifier(name)} login password '${password}' ${attributes}`,
        // Given by name, it outlives the lockdown: what refuses then is not the door of this database.
        `grant connect on database postgres to ${quoteIdentifier(name)}`,
      ]);
    },
    async reset() {
      const databases = await admin([
        "select datname as name from pg_database where datname not in ('postgres', 'template0', 'template1')",
      ]);
      for (const { name } of databases)
        await admin([`drop database ${quoteIdentifier(String(name))} with (force)`]);
      const slots = await admin(["select slot_name as name from pg_replication_slots"]);
      for (const { name } of slots) await admin([`select pg_drop_replication_slot('${String(name)}')`]);
      const tablespaces = await admin(["select spcname as name from pg_tablespace where spcname !~ '^pg_'"]);
      for (const { name } of tablespaces) await admin([`drop tablespace ${quoteIdentifier(String(name))}`]);
      const roles = await admin([
        "select rolname as name from pg_roles where rolname !~ '^pg_' and oid <> 10",
      ]);
      for (const { name } of roles) {
        const quoted = quoteIdentifier(String(name));
        await admin([`drop owned by ${quoted} cascade`, `drop role ${quoted}`]);
      }
      for (const name of ["postgres", "template1"]) {
        await admin([`grant connect, temporary on database ${name} to public`]);
        await admin(
          [
            "drop event trigger if exists custody_guard_command",
            "drop event trigger if exists custody_guard_drop",
            "drop schema if exists custody_guard cascade",
          ],
          name,
        );
      }
      await admin(["alter system reset all", "select pg_reload_conf()"]);
    },
    async lockdown(...flags) {
      const told = await custody(["lockdown", "--db-url", dsnOf(settings), "--output", "json", ...flags]);
      if (told.stdout === "") throw new Error(`lockdown printed nothing: ${told.stderr}`);
      const document = documentOf(told);
      const [server] = document["servers"] as readonly Omit<LockdownTold, "code" | "stderr" | "verdict">[];
      return {
        code: told.code,
        stderr: told.stderr,
        verdict: document["verdict"],
        applied: server?.applied ?? [],
        findings: server?.findings ?? [],
        script: server?.script ?? [],
        hba: server?.hba ?? null,
      };
    },
  };
}

/** What is open beside pg_hba.conf, which no SQL changes. */
export function openBesideHba(told: LockdownTold): readonly string[] {
  return told.findings
    .filter(({ way }) => !way.startsWith("hba-"))
    .map(({ way, object, reason }) => `${way}: ${object}: ${reason}`);
}
