import { entryLabel } from "../archive/archive.ts";
import type { ArchiveEntry } from "../archive/archive.ts";
import type { Difference } from "../compare/difference.ts";
import type { Carriers } from "./blame.ts";
import type { RestoreErrorFacts } from "./readings.ts";
import type { Proof } from "./proof.ts";

/** What failed for want of a superuser, and nothing else: the archive may well be whole. */
export interface NeedsSuperuser {
  /** Whether an error says so, or is of something that stands on what failed so. */
  isError(error: RestoreErrorFacts): boolean;
  /** Whether a difference is what such an error kept from being restored. */
  isDifference(difference: Difference): boolean;
}

const nothing: NeedsSuperuser = { isError: () => false, isDifference: () => false };

/** custody restores as a role that is no superuser: what that role was refused, a restore by a superuser would have. */
export function findSuperuserNeeds(
  { restore, asSuperuser, archive }: Proof,
  carriers: Carriers,
): NeedsSuperuser {
  const errors = (restore?.errors ?? []).filter(({ isBenign }) => !isBenign);
  if (asSuperuser || !errors.some((error) => error.class === "permission")) return nothing;
  const standing = findStanding(errors, archive?.entries ?? []);
  const isError = (error: RestoreErrorFacts): boolean =>
    error.class === "permission" || error.class === "dependent" || standing.has(error.entry);
  const failed = errors.filter(isError).map(({ entry }) => entry);
  const labels = new Set(failed);
  // Owners and grants are restored last, statement by statement: their errors name the statement.
  const statements = failed.map((text) => text.replace(/…$/, ""));
  const hasFailed = (entry: ArchiveEntry): boolean => {
    const text = entry.defn.replaceAll(/\s+/g, " ");
    return labels.has(entryLabel(entry)) || statements.some((statement) => text.includes(statement));
  };
  return {
    isError,
    isDifference: (difference) => carriers(difference)?.some(hasFailed) ?? false,
  };
}

/** The entries that failed and stand on one that was refused, as labels: not every error of theirs says so. */
function findStanding(
  errors: readonly RestoreErrorFacts[],
  entries: readonly ArchiveEntry[],
): ReadonlySet<string> {
  const labels = new Map(errors.map((error) => [error.entry, error.class === "permission"]));
  const failed = entries.filter((entry) => labels.has(entryLabel(entry)));
  const refused = new Set(
    failed.filter((entry) => labels.get(entryLabel(entry)) === true).map(({ dumpId }) => dumpId),
  );
  // An archive lists what stands on another thing after it, but for a few ends of circles.
  for (let before = -1; before < refused.size;) {
    before = refused.size;
    for (const { dumpId, dependencies } of failed)
      if (dependencies.some((on) => refused.has(on))) refused.add(dumpId);
  }
  return new Set(failed.filter(({ dumpId }) => refused.has(dumpId)).map(entryLabel));
}
