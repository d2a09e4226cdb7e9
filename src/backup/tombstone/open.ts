import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Archive } from "../archive/archive.ts";
import { openArchive } from "../archive/open.ts";
import { fileUnreadable } from "../archive/read-chunks.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { parseManifest } from "../manifest.ts";
import type { ProofDifference } from "../proof/verdict.ts";
import { OpsError } from "../../errors.ts";
import { digestFingerprint } from "./digest-fingerprint.ts";
import { archiveFile, fingerprintFile, requireMarker } from "./marker.ts";
import type { TombstoneMarker } from "./marker.ts";
import { isEncrypted } from "./seal.ts";
import { withoutFence } from "./without-fence.ts";

/** What is known of a tombstone elsewhere, such as in the ledger: whoever can change the folder cannot change that. */
export interface RecordedTombstone {
  /** As in `TombstoneDraft`. */
  readonly fingerprint: string;
  readonly sha256?: string;
}

/** A plain tombstone as it lies there; where something in it is not as it was written, `damage` says so. */
export interface OpenedTombstone {
  readonly marker: TombstoneMarker;
  /** Without what a fence changes. null: it cannot be read. */
  readonly fingerprint: Fingerprint | null;
  readonly damage: readonly ProofDifference[];
}

/**
 * Reads the marker and the fingerprint of a plain tombstone. Throws `file-unreadable` where there is no whole one, `bad-input` where it
 * is encrypted.
 */
export async function openTombstone(
  folder: string,
  recorded: RecordedTombstone | undefined,
): Promise<OpenedTombstone> {
  const marker = await requireMarker(folder);
  const path = join(folder, fingerprintFile);
  const bytes = await readFile(path).catch(async (error: unknown) => {
    if (await isEncrypted(folder)) throw stillEncrypted(folder);
    throw fileUnreadable(path, error);
  });
  const damage: ProofDifference[] = [];
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== marker.fingerprint.sha256)
    damage.push(changed(`fingerprint ${path}`, marker.fingerprint.sha256, sha256));
  const read = readFingerprint(bytes.toString("utf8"), path);
  if (read instanceof OpsError)
    return { marker, fingerprint: null, damage: [...damage, difference(path, read.message)] };
  const fingerprint = withoutFence(read);
  const wanted = recorded?.fingerprint ?? marker.fingerprint.digest;
  const digest = digestFingerprint(fingerprint);
  if (digest !== wanted) damage.push(changed(`fingerprint ${path}`, wanted, digest));
  return { marker, fingerprint, damage };
}

/** The archive of a tombstone, read to its end; a difference where it is none any more. */
export async function openTombstoneArchive(
  folder: string,
  signal: AbortSignal,
): Promise<Archive | ProofDifference> {
  const path = join(folder, archiveFile);
  try {
    return { ...(await openArchive(path, { signal })), isPinned: true };
  } catch (error) {
    if (error instanceof OpsError && error.code === "unreadable-archive")
      return difference(`archive ${path}`, error.message);
    throw error;
  }
}

/** A manifest that does not parse is a fact about the tombstone. */
function readFingerprint(text: string, path: string): Fingerprint | OpsError {
  try {
    return parseManifest(text, path).fingerprint;
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}

function changed(object: string, written: string, read: string): ProofDifference {
  return difference(object, `SHA-256 ${written.slice(0, 16)}… when written, ${read.slice(0, 16)}… when read`);
}

function difference(object: string, detail: string): ProofDifference {
  return { object, kind: "archive", stage: "storage", detail };
}

function stillEncrypted(folder: string): OpsError {
  return new OpsError(
    "bad-input",
    `the tombstone ${folder} is encrypted`,
    "decrypt it first, with the identity of one of its recipients",
  );
}
