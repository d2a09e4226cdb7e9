import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { Archive, ArchiveEntry } from "../archive/archive.ts";
import { findTexts } from "../../postgres/parse-sql.ts";
import type { SqlParser } from "../../postgres/parse-sql.ts";
import { splitStatements } from "../archive/split-statements.ts";
import { readQualifiedName } from "../archive/sql-text.ts";
import type { Failure } from "./classify.ts";
import { firstWords } from "./deferred.ts";
import { tryStatement } from "./run-statement.ts";
import type { PreparedRoles } from "./server-roles.ts";
import { replaceRoles } from "./stand-ins.ts";

interface Target {
  /** A superuser's session in the restored database. */
  readonly admin: Session;
  /** The restoring role's. */
  readonly session: Session;
  readonly database: string;
  readonly roles: Pick<PreparedRoles, "members" | "passive" | "standIns">;
  readonly parse: SqlParser;
  /** Owner, grants and connection limit are left to whoever gives the database its name; all settings are its own again. */
  readonly inPlace: boolean;
}

/** Settings that take a superuser and load or run nothing. */
const harmless = /^(log_|track_|lc_messages$|deadlock_timeout$|temp_file_limit$|update_process_title$)/;

/**
 * Owner, grants, comment, settings and connection limit of the database, as the archive has them, under its new name.
 * What changes the database's settings runs as the restoring role; only what is known to be harmless as the superuser.
 */
export async function setDatabaseProperties(archive: Archive, target: Target): Promise<readonly Failure[]> {
  const entries = archive.entries
    .filter(isAboutDatabase)
    .filter(({ desc }) => !target.inPlace || desc !== "ACL");
  const owner = entries.find(({ desc }) => desc === "DATABASE")?.owner;
  const name = quoteIdentifier(target.database);
  const failures: Failure[] = [];
  const { members, standIns } = target.roles;
  if (owner !== undefined && members.includes(owner) && !target.inPlace) {
    await target.admin.sql.unsafe(
      `alter database ${name} owner to ${quoteIdentifier(standIns.get(owner) ?? owner)}`,
    );
  }
  const statements = entries
    .flatMap(({ defn }) => splitStatements(defn))
    .map((statement) => replaceRoles(statement, standIns, target.parse));
  for (const statement of statements) {
    const renamed = rename(statement, name);
    const failure = renamed === null ? null : await runProperty(renamed, target);
    if (failure !== null)
      failures.push({ object: firstWords(statement), ...failure, statement, isDependent: false });
  }
  const limit = statements
    .map((text) => /\bCONNECTION LIMIT\s*=?\s*(-?\d+)/i.exec(text)?.[1])
    .find((text) => text !== undefined);
  if (limit !== undefined && !target.inPlace)
    await tryStatement(target.admin, `alter database ${name} connection limit ${limit}`);
  return failures;
}

function isAboutDatabase(entry: ArchiveEntry): boolean {
  if (entry.desc === "DATABASE" || entry.desc === "DATABASE PROPERTIES") return true;
  return entry.tag.startsWith("DATABASE ") && (entry.desc === "ACL" || entry.desc === "COMMENT");
}

/** The same statement about the restored database; null when it is none of those that are taken over. */
function rename(statement: string, name: string): string | null {
  const head =
    /^(?:alter\s+database\s+|comment\s+on\s+database\s+|(?:grant|revoke)\b[^;']*?\son\s+database\s+|alter\s+role\s+(?:"(?:[^"]|"")*"|\S+)\s+in\s+database\s+)/i.exec(
      statement,
    );
  if (head === null) return null;
  const rest = statement.slice(head[0].length);
  const old = readQualifiedName(rest);
  if (old === null) return null;
  const after = rest.slice(old.length);
  const isTaken = /^\s*(set|reset|is|to|from)\s/i.test(after);
  return isTaken ? head[0] + name + after : null;
}

async function runProperty(
  statement: string,
  target: Target,
): Promise<Awaited<ReturnType<typeof tryStatement>>> {
  if (/^alter\s+role\b/i.test(statement)) return await setForRole(statement, target);
  const failure = await tryStatement(target.session, statement);
  if (failure?.sqlstate !== "42501" || !isHarmless(statement, target)) return failure;
  return await tryStatement(target.admin, statement);
}

/** `ALTER ROLE … IN DATABASE … SET`: parsed, and only for roles that nobody logs in as. */
async function setForRole(
  statement: string,
  target: Target,
): Promise<Awaited<ReturnType<typeof tryStatement>>> {
  const [only, ...more] = target.parse(statement) ?? [];
  const node = only?.["AlterRoleSetStmt"];
  if (more.length > 0 || typeof node !== "object" || node === null)
    return { sqlstate: "42601", message: "not the statement that pg_dump writes" };
  const roles = [...findTexts(only ?? {}, "rolename")];
  if (!target.inPlace && !roles.every((role) => target.roles.passive.includes(role))) {
    return {
      sqlstate: "42501",
      message: "people log in as this role on this server: it keeps its own settings",
    };
  }
  return await tryStatement(target.admin, statement);
}

function isHarmless(statement: string, { parse, inPlace }: Target): boolean {
  const [only, ...more] = parse(statement) ?? [];
  const node = only?.["AlterDatabaseSetStmt"];
  if (more.length > 0 || typeof node !== "object" || node === null || !("setstmt" in node)) return false;
  const set = node["setstmt"];
  const name = typeof set === "object" && set !== null && "name" in set ? set["name"] : undefined;
  return typeof name === "string" && (inPlace || harmless.test(name.toLowerCase()));
}
