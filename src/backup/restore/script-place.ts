import type { ArchiveEntry } from "../archive/archive.ts";
import { createdExtension } from "../archive/plain-entries.ts";
import { isDrop, statementKind } from "./statement-kind.ts";

/**
 * Whether a statement that is never run where it stands (about extensions, replication, user mappings, the database) is known
 * all the same: its entry, by which it is done elsewhere or left out with a note, has it. Before the first entry stands what
 * `--clean` drops.
 */
export function isDoneElsewhere(
  statement: string,
  entry: ArchiveEntry | undefined,
  entries: readonly ArchiveEntry[],
): boolean {
  if (entry === undefined && isDrop(statement)) return true;
  const isAbout = (kinds: RegExp): boolean =>
    entry !== undefined && (kinds.test(entry.desc) || kinds.test(entry.tag));
  switch (statementKind(statement)) {
    case "extension": {
      const created = createdExtension(statement);
      return created === null
        ? isAbout(/^EXTENSION\b/)
        : entries.some(({ desc, tag }) => desc === "EXTENSION" && tag === created);
    }
    case "database":
      return isAbout(/^DATABASE\b/);
    case "replication":
      return isAbout(/^(PUBLICATION|SUBSCRIPTION)\b/);
    case "user-mapping":
      return isAbout(/^USER MAPPING\b/);
    case "main":
    case "transaction":
    case "owner":
    case "acl":
    case "session":
    case "event-trigger":
      return true;
  }
}

/** What fills a table, a sequence or a large object, and what pg_dump writes around it. */
const fills =
  /^(insert\s|copy\s|begin\b|commit\b|select\s+pg_catalog\.(setval|lo_\w+|lowrite)\(|alter\s+table\s[^;]*\s(disable|enable)\s+trigger\s+all\b)/i;

/**
 * Whether a statement is what the entry is about, so that it is not run when the entry is not restored. Anything else that
 * stands below the entry's header was written in by somebody, or sets up what comes after, and is run.
 */
export function isOfEntry(statement: string, entry: ArchiveEntry): boolean {
  if (entry.section === "data") return fills.test(statement);
  if (entry.desc === "SCHEMA") return /^create\s+schema\b/i.test(statement);
  if (entry.desc === "COMMENT" || entry.desc === "SECURITY LABEL")
    return /^(comment|security)\s/i.test(statement);
  return entry.namespace !== null && !/^(DEFAULT )?ACL$/.test(entry.desc);
}
