import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { OpsError } from "../../errors.ts";
import { explainWrite, writeHashed } from "../dump-file.ts";
import { requireRecipients } from "./age-keys.ts";
import { decryptFile, encryptFile } from "./age.ts";
import { syncDirectory } from "./folder.ts";
import { archiveFile, fingerprintFile, markerFile, readMarker } from "./marker.ts";
import { encryptedSuffix, readSeal, sealFile, serializeSeal } from "./seal.ts";
import type { Seal, SealedFile } from "./seal.ts";

export interface EncryptedTombstone {
  readonly files: number;
  /** Of the encrypted files. */
  readonly bytes: number;
}

const partialSuffix = ".partial";

/**
 * Encrypts every file of a tombstone that holds data, with age, to all recipients; the plain files go when every encrypted one is on
 * disk and was read back. Whatever kind of tombstone it is: all files of the folder but `tombstone.json`. Cut off anywhere, a second
 * call finishes it. Throws `bad-config` (a recipient), `no-space`, `file-unwritable`, `unreadable-archive` (a file is not as it was
 * written), or `InterruptedError`.
 */
export async function encryptTombstone(
  folder: string,
  recipients: readonly string[],
  signal?: AbortSignal,
): Promise<EncryptedTombstone> {
  const seal = (await readSeal(folder)) ?? (await sealFiles(folder, recipients, signal));
  for (const { name } of seal.files) await rm(join(folder, name), { force: true });
  await syncFolders(folder, seal.files);
  return {
    files: seal.files.length,
    bytes: seal.files.reduce((sum, { encrypted }) => sum + encrypted.bytes, 0),
  };
}

async function sealFiles(
  folder: string,
  recipients: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Seal> {
  await requireRecipients(recipients);
  const recorded = await recordedDigests(folder);
  const names = (await filesIn(folder)).toSorted();
  // What an earlier attempt left may be for other recipients.
  for (const name of names.filter(isLeftOver)) await rm(join(folder, name), { force: true });
  const files: SealedFile[] = [];
  for (const name of names.filter(holdsData)) {
    const path = join(folder, name);
    const partial = `${path}${encryptedSuffix}${partialSuffix}`;
    const { plain, encrypted } = await encryptFile(path, partial, recipients, signal);
    const written = recorded.get(name) ?? plain.sha256;
    if (written !== plain.sha256) throw notAsWritten(path);
    await explained(path, rename(partial, `${path}${encryptedSuffix}`));
    files.push({ name, ...plain, encrypted });
  }
  await syncFolders(folder, files);
  const seal: Seal = {
    format: "custody.encrypted.v1",
    encryptedAt: new Date().toISOString(),
    recipients: [...recipients],
    files,
  };
  const partial = join(folder, `${sealFile}${partialSuffix}`);
  await writeHashed(onePiece(serializeSeal(seal)), partial, { sync: true });
  await explained(folder, rename(partial, join(folder, sealFile)));
  await syncDirectory(folder);
  return seal;
}

/**
 * Decrypts a tombstone into a new folder (0700), where it can be proved and restored; what comes out is compared with what went in.
 * `identities`: age's secret keys. Throws `bad-input` (none of them opens it), `unreadable-archive` (it is damaged), `no-space` …; then
 * nothing is left of the new folder.
 */
export async function decryptTombstone(
  folder: string,
  identities: readonly string[],
  into: string,
  signal?: AbortSignal,
): Promise<void> {
  const seal = await readSeal(folder);
  if (seal === null) {
    throw new OpsError("bad-input", `${folder} is not encrypted`, "use it as it is");
  }
  await explained(into, mkdir(into, { mode: 0o700 }));
  try {
    for (const { name, sha256 } of seal.files) {
      const path = join(folder, `${name}${encryptedSuffix}`);
      await explained(into, mkdir(dirname(join(into, name)), { recursive: true, mode: 0o700 }));
      const plain = await decryptFile(path, join(into, name), identities, signal);
      if (plain.sha256 !== sha256) throw notAsWritten(path);
    }
    if ((await filesIn(folder)).includes(markerFile))
      await explained(into, copyFile(join(folder, markerFile), join(into, markerFile)));
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    throw error;
  }
}

/** A disk may be full at any of them, not only where the bytes are. */
async function explained(path: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    throw explainWrite(path, error);
  });
}

/** What the marker of a PostgreSQL tombstone knows of its files. */
async function recordedDigests(folder: string): Promise<ReadonlyMap<string, string>> {
  // Those of other kinds of tombstones have markers of their own.
  const marker = await readMarker(folder).catch((error: unknown) => {
    if (error instanceof OpsError && error.code === "file-unreadable") return null;
    throw error;
  });
  return new Map(
    marker === null
      ? []
      : [
          [archiveFile, marker.archive.sha256],
          [fingerprintFile, marker.fingerprint.sha256],
        ],
  );
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function isLeftOver(name: string): boolean {
  return name.endsWith(encryptedSuffix) || name.endsWith(partialSuffix);
}

function holdsData(name: string): boolean {
  return name !== markerFile && name !== sealFile && !isLeftOver(name);
}

async function syncFolders(folder: string, files: readonly SealedFile[]): Promise<void> {
  for (const path of new Set([folder, ...files.map(({ name }) => dirname(join(folder, name)))]))
    await syncDirectory(path);
}

async function* onePiece(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text, "utf8");
}

function notAsWritten(path: string): OpsError {
  return new OpsError(
    "unreadable-archive",
    `${path} is not what was written: its SHA-256 is another`,
    "fetch another copy of it, then check the storage it lay on",
  );
}
