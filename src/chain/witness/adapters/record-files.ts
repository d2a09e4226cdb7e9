import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseCheckpoint } from "../../../audit/note/checkpoint.ts";
import type { Checkpoint } from "../../../audit/note/checkpoint.ts";
import { decodeNote, openNote } from "../../../audit/note/signed-note.ts";
import type { VerifierKey } from "../../../audit/note/vkey.ts";
import { OpsError } from "../../../errors.ts";
import { lockFolder } from "../../../run/lock-folder.ts";
import { syncFolder } from "../../../run/new-file.ts";
import { sha256, toHex } from "../../../run/sha256.ts";
import type { WitnessRecords } from "../ports.ts";

export interface RecordFiles extends WitnessRecords, AsyncDisposable {
  /** How many origins there are records of. */
  origins(): number;
}

const recordName = /^[0-9a-f]{64}$/;
const unfinished = ".unfinished-";
/** Says whose records these are. */
const ownerName = "witness.pub";

/**
 * The records of a witness in a folder of its own, made when the witness begins, which one process holds at a time. One file for each
 * origin, named by the SHA-256 of the origin, is the checkpoint as it was cosigned last: a note that any C2SP client can open,
 * and that the witness itself believes only when its own cosignature verifies.
 *
 * @param cosigner the witness's own key, type 0x04
 * @param isBeginning whether the witness has never cosigned anything: otherwise a folder without records is one that was lost
 * @throws OpsError state-in-use, bad-input for the records of another witness or none, file-unwritable
 */
export async function openRecordFiles(
  folder: string,
  cosigner: VerifierKey,
  isBeginning: boolean,
): Promise<RecordFiles> {
  await using held = new AsyncDisposableStack();
  if (isBeginning) makeFolder(folder);
  else if (!existsSync(folder)) throw lost(folder);
  const lock = held.use(await lockFolder(folder));
  for (const name of readdirSync(folder)) {
    if (name.startsWith(unfinished)) rmSync(join(folder, name), { force: true });
  }
  let origins = readdirSync(folder).filter((name) => recordName.test(name)).length;
  await claim(folder, cosigner, { origins, isBeginning });
  const owned = held.move();

  /** Records that vanished under a running witness are not taken for records that never were. */
  const requireFolder = (): void => {
    if (lock.isHeld()) return;
    throw unreadable(folder, new Error("it is not the folder any more that this witness opened"));
  };

  /** The record of a name, verified; null when there is none. */
  const load = async (
    name: string,
  ): Promise<{ readonly note: string; readonly checkpoint: Checkpoint } | null> => {
    const path = join(folder, name);
    const bytes = await readFile(path).catch((cause: unknown) => {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
      throw unreadable(path, cause);
    });
    if (bytes === null) return null;
    const note = decodeNote(bytes, path);
    const checkpoint = parseCheckpoint(openNote(note, [cosigner], path).text, path);
    if (nameOf(checkpoint.origin) !== name) throw unreadable(path, new Error("it is of another origin"));
    return { note, checkpoint };
  };

  return {
    origins: () => origins,
    async read(origin) {
      const recorded = await load(nameOf(origin));
      requireFolder();
      return recorded?.checkpoint ?? null;
    },
    publish: async (name) => (recordName.test(name) ? ((await load(name))?.note ?? null) : null),
    async write(origin, note) {
      requireFolder();
      const isNew = !existsSync(join(folder, nameOf(origin)));
      await replaceDurably(folder, nameOf(origin), note);
      requireFolder();
      if (isNew) origins += 1;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function nameOf(origin: string): string {
  return toHex(sha256(Buffer.from(origin)));
}

/** Old or new, whole: file on disk, renamed over the old one, the folder on disk. Only then is it recorded. */
async function replaceDurably(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `${unfinished}${randomBytes(6).toString("hex")}`);
  try {
    {
      await using file = await open(temporary, "wx", 0o600);
      await file.writeFile(text);
      await file.sync();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    // What cannot be removed now is swept at the next start; why it could not be written is what matters.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await using parent = await open(folder, "r");
  await parent.sync();
}

/** A folder that a loss of power takes away again would be a history forgotten: those above it are on disk, too. */
function makeFolder(folder: string): void {
  try {
    const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
    const top = dirname(first ?? folder);
    for (let above = dirname(folder); ; above = dirname(above)) {
      syncFolder(above);
      if (above === top) return;
    }
  } catch (cause) {
    throw new OpsError(
      "file-unwritable",
      `cannot make the folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "name a folder that you may write to with --state",
      { cause },
    );
  }
}

/** A witness with another key has another history: it cannot go on with this one's. */
async function claim(
  folder: string,
  cosigner: VerifierKey,
  { origins, isBeginning }: { readonly origins: number; readonly isBeginning: boolean },
): Promise<void> {
  const path = join(folder, ownerName);
  const owner = await readFile(path, "utf8").catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw unreadable(path, cause);
  });
  if (owner?.trim() === cosigner.vkey) {
    if (!isBeginning || origins === 0) return;
    throw new OpsError(
      "bad-input",
      `${folder} holds records of this witness already: it began long ago`,
      "leave --begin out",
    );
  }
  if (owner !== null || origins > 0) {
    throw new OpsError(
      "bad-input",
      `${folder} holds the records of another witness${owner === null ? "" : `, ${owner.trim().slice(0, 200)}`}`,
      "give the key that belongs to it, or a new folder: --state",
    );
  }
  if (!isBeginning) throw lost(folder);
  await replaceDurably(folder, ownerName, `${cosigner.vkey}\n`);
}

/** To begin again with no history would let a fork of what was cosigned before be cosigned. */
function lost(folder: string): OpsError {
  return new OpsError(
    "bad-input",
    `${folder} holds no records of this witness`,
    "check that its disk is mounted; a witness that never cosigned anything begins with --begin, one that lost its records with a new key",
  );
}

function unreadable(path: string, cause: unknown): OpsError {
  return new OpsError(
    "unreadable-checkpoint",
    `the record ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    "repair the disk; to remove the record lets a fork of that origin be cosigned",
    { cause },
  );
}
