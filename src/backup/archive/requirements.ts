import type { Archive, ArchiveEntry } from "./archive.ts";
import { findNodes, findTexts, sqlParser } from "../../postgres/parse-sql.ts";
import type { ParseNode } from "../../postgres/parse-sql.ts";
import { readQualifiedName } from "./sql-text.ts";

/** What a server must have before an archive can be restored into it. */
export interface Requirements {
  /** Names of roles: owners, and whoever a grant, a default privilege or a policy names. Sorted; without `PUBLIC`. */
  readonly roles: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly schema: string | null }[];
  /** Entries whose SQL could not be parsed, so that roles may be missing above. */
  readonly unparsed: readonly ArchiveEntry[];
}

/** Entries whose SQL names roles; all others name none but their owner. */
const namesRoles = new Set([
  "ACL",
  "DEFAULT ACL",
  "POLICY",
  "DATABASE PROPERTIES",
  "USER MAPPING",
  "BLOB METADATA",
]);

/** Reads what an archive needs from its table of contents, by PostgreSQL's own parser. */
export async function readRequirements(archive: Archive): Promise<Requirements> {
  const roles = new Set<string>();
  const unparsed: ArchiveEntry[] = [];
  const parse = await sqlParser();
  for (const entry of archive.entries) {
    if (entry.owner !== "") roles.add(entry.owner);
    if (!namesRoles.has(entry.desc) || entry.defn === "") continue;
    const statements = parse(entry.defn);
    if (statements === null) {
      unparsed.push(entry);
      continue;
    }
    for (const role of rolesIn(statements)) roles.add(role);
  }
  const extensions = archive.entries.filter(({ desc }) => desc === "EXTENSION").map(readExtension);
  return { roles: [...roles].toSorted(), extensions, unparsed };
}

function rolesIn(statements: readonly ParseNode[]): readonly string[] {
  const names = [...findTexts(statements, "rolename")];
  for (const node of findNodes(statements, "VariableSetStmt")) {
    const isSession = node["name"] === "session_authorization" || node["name"] === "role";
    if (!isSession) continue;
    names.push(...findTexts(node, "sval"));
  }
  return names;
}

/** `CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;` */
function readExtension(entry: ArchiveEntry): { readonly name: string; readonly schema: string | null } {
  const after = /\bSCHEMA\s+([^]*)$/i.exec(entry.defn)?.[1] ?? "";
  return { name: entry.tag, schema: readQualifiedName(after)?.parts[0] ?? null };
}
