import type { ArchiveEntry } from "../archive/archive.ts";
import { guardName, guardSchema, guardTriggerNames } from "../../postgres/guard-names.ts";

/**
 * Entries of the guard of `custody lockdown`: it holds nothing of anybody's, and only a superuser can make it. Empty where somebody
 * put something of their own into its schema: that is restored, or told as what cannot be.
 */
export function entriesOfGuard(entries: readonly ArchiveEntry[]): ReadonlySet<ArchiveEntry> {
  const within = entries.filter(({ namespace }) => namespace === guardSchema);
  if (within.some(({ tag }) => !tag.includes(`${guardName}()`))) return new Set();
  const triggers: readonly string[] = Object.values(guardTriggerNames);
  return new Set([
    ...within,
    ...entries.filter(
      ({ desc, tag }) =>
        (desc === "SCHEMA" && tag === guardSchema) ||
        (desc === "EVENT TRIGGER" && triggers.includes(tag)) ||
        tag === `SCHEMA ${guardSchema}` ||
        triggers.some((name) => tag === `EVENT TRIGGER ${name}`),
    ),
  ]);
}
