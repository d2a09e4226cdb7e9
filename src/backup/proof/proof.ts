import type { Archive, ArchiveEntry } from "../archive/archive.ts";
import type { ComparatorName } from "../compare/difference.ts";
import type { Contents, Fingerprint } from "../fingerprint.ts";
import type { ArchiveReading, ChainReading, RestoreFacts } from "./readings.ts";

/** The archive as it was written and as it was read back. */
export interface ArchiveProof {
  readonly path: string;
  /** SHA-256 when it was made: of this run's dump, or of the manifest; null when nobody knows. */
  readonly writtenSha256: string | null;
  readonly readSha256: string;
  /** Its table of contents. */
  readonly entries: readonly ArchiveEntry[];
  /** Whether that table is the comments of a plain script. */
  readonly isScript: boolean;
  readonly reading: ArchiveReading;
}

/** All that a proof compares, whatever way it came in. */
export interface Proof {
  /** What the archive must hold: the source in the dump's snapshot, or the manifest; null when only the archive is there. */
  readonly source: Contents | null;
  /** null: no archive took part. */
  readonly archive: ArchiveProof | null;
  /** What the restored database must be equal to. */
  readonly expected: Fingerprint;
  readonly restored: Fingerprint;
  /** Comparators that have nothing to compare with: a plain script without --create holds nothing of the database itself. */
  readonly notApplicable: ReadonlySet<ComparatorName>;
  /** Comparators that could not compare all that they have to, with why: where they find no difference, they have not passed. */
  readonly notRun: ReadonlyMap<ComparatorName, string>;
  /** null: somebody else restored. */
  readonly restore: RestoreFacts | null;
  /** Whether it was restored as a superuser, who is refused nothing. */
  readonly asSuperuser: boolean;
  readonly pre: ChainReading | null;
  /** Whether anything is known of the chain before: not when there is only an archive. */
  readonly isPreKnown: boolean;
  readonly post: ChainReading | null;
}

/** What an archive cannot tell about the database that it was made from. */
export function untoldBy(archive: Archive): ReadonlySet<ComparatorName> {
  return new Set(archive.entries.some(({ desc }) => desc === "DATABASE") ? [] : ["database-settings"]);
}
