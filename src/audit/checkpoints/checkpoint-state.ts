import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OpsError } from "../../errors.ts";
import { writeAtomicFile } from "../../run/atomic-file.ts";
import { sha256, toHex } from "../../run/sha256.ts";
import { parseTreeSize } from "../note/checkpoint.ts";
import { decodeNote, openNote } from "../note/signed-note.ts";
import type { KnownCheckpoint } from "./known-checkpoint.ts";
import { parseAcceptance, parseRebaseline } from "./operator-notes.ts";
import type { Rebaseline, RestoreAcceptance } from "./operator-notes.ts";
import { logKeysFor, readBytes, readCheckpointNote, readIdentity } from "./read-checkpoint.ts";
import type { Trust } from "./read-checkpoint.ts";

/**
 * What is kept of one chain outside its database: the last checkpoint that was signed, and what its operator has signed
 * besides. A folder for each origin (without the `/2` of a restore that was accepted), its files signed notes.
 */
export interface CheckpointState {
  readonly folder: string;
  /** The last checkpoint that was signed; null when none was. */
  readonly last: KnownCheckpoint | null;
  /** In the order in which they were signed. */
  readonly acceptances: readonly RestoreAcceptance[];
  readonly rebaselines: readonly Rebaseline[];
  /** The size that each witness, by its `witnessKey`, is known to have cosigned last: a guess, the witness itself knows. */
  readonly witnessedSizes: ReadonlyMap<string, number>;
}

const lastName = "last.checkpoint";

/** The folder of an origin below the state folder. */
export function checkpointFolder(stateDir: string, baseOrigin: string): string {
  return join(stateDir, "checkpoints", toHex(sha256(Buffer.from(baseOrigin, "utf8"))).slice(0, 32));
}

/**
 * Reads what is kept of a chain; nothing is where nothing was ever signed. What is there and cannot be read, is signed by an
 * unknown key, or speaks of another chain is an error: to start anew would be to forget what was promised, and what was
 * accepted of one chain excuses no other.
 *
 * @throws OpsError unreadable-checkpoint, untrusted-checkpoint
 */
export async function readCheckpointState(
  folder: string,
  baseOrigin: string,
  trust: Trust,
): Promise<CheckpointState> {
  const names = list(folder);
  // The quorum was asked for when the checkpoint was made; its cosignatures may have come later. Witnesses speak for no chain, and keys of other chains not for this one.
  const own: Trust = { keys: logKeysFor(baseOrigin, trust), policy: null };
  const ofThisChain = (path: string, ...origins: readonly string[]): void => {
    const other = origins.find((each) => baseOriginOf(each) !== baseOrigin);
    if (other !== undefined) throw misplaced(path, other, baseOrigin);
  };
  const opened = async <T>(kind: string, parse: (text: string, what: string) => T): Promise<readonly T[]> =>
    Promise.all(
      names
        .filter((each) => each.startsWith(`${kind}-`) && each.endsWith(".note"))
        .map(async (name) => {
          const path = join(folder, name);
          return parse(openNote(decodeNote(await readBytes(path, path), path), own.keys, path).text, path);
        }),
    );
  const last = names.includes(lastName) ? await readLast(folder, own) : null;
  if (last !== null) ofThisChain(join(folder, lastName), last.head.origin);
  const acceptances = await opened("acceptance", (text, path) => {
    const acceptance = parseAcceptance(text, path);
    ofThisChain(path, acceptance.before.origin, acceptance.after.origin);
    return acceptance;
  });
  if (last !== null && generationOf(last.head.origin) > generationOf(currentOrigin(baseOrigin, acceptances)))
    throw noteLost(folder, last.head.origin);
  return {
    folder,
    last,
    acceptances,
    rebaselines: await opened("rebaseline", (text, path) => {
      const rebaseline = parseRebaseline(text, path);
      ofThisChain(path, rebaseline.origin);
      return rebaseline;
    }),
    witnessedSizes: await readSizes(folder, names),
  };
}

function misplaced(path: string, origin: string, baseOrigin: string): OpsError {
  return new OpsError(
    "untrusted-checkpoint",
    `${path} is of another chain: it speaks of ${origin}, and its folder is that of ${baseOrigin}`,
    "bring the folder back as it was, or name the chain's own with --state DIR",
  );
}

/** The note is on disk before the first checkpoint of the origin that it begins. */
function noteLost(folder: string, origin: string): OpsError {
  return new OpsError(
    "unreadable-checkpoint",
    `${folder} has lost the note of a restore that was accepted: the last signed checkpoint is of ${origin}, which that note began`,
    "bring the folder back as it was, from a backup",
  );
}

async function readLast(folder: string, trust: Trust): Promise<KnownCheckpoint> {
  const path = join(folder, lastName);
  const opened = await readCheckpointNote(path, "/", trust);
  const identityPath = join(folder, identityName(opened.textSha256));
  return {
    path: "the last signed checkpoint",
    ...opened,
    identity: await readIdentity(identityPath, "/", trust, opened),
  };
}

/** Named by its checkpoint's text, so that the two of them never disagree, wherever a crash cuts them apart. */
function identityName(textSha256: string): string {
  return `${textSha256}.identity`;
}

/** Makes a checkpoint the last one that was signed, durably. To be called before the checkpoint leaves the process. */
export function keepCheckpoint(
  folder: string,
  baseOrigin: string,
  checkpoint: { readonly note: string; readonly textSha256: string; readonly identityNote: string | null },
): void {
  makeFolder(folder, baseOrigin);
  const write = (name: string, text: string): void =>
    writeAtomicFile(join(folder, name), text, { mode: 0o600 });
  if (checkpoint.identityNote !== null) write(identityName(checkpoint.textSha256), checkpoint.identityNote);
  write(lastName, checkpoint.note);
  for (const name of list(folder)) {
    if (name.endsWith(".identity") && name !== identityName(checkpoint.textSha256))
      rmSync(join(folder, name));
  }
}

/** Keeps a signed note of the operator beside those that are there. */
export function keepOperatorNote(
  folder: string,
  baseOrigin: string,
  kind: "acceptance" | "rebaseline",
  note: string,
): void {
  makeFolder(folder, baseOrigin);
  // Behind the last, not by their number: where one was lost, none is written over.
  const names = list(folder).filter((each) => each.startsWith(`${kind}-`));
  const last = Number(/\d+/.exec(names.at(-1) ?? "")?.[0] ?? 0);
  const number = String(last + 1).padStart(6, "0");
  writeAtomicFile(join(folder, `${kind}-${number}.note`), note, { mode: 0o600 });
}

/** How often restores of a chain had been accepted, counted from 1, when its origin became this one. */
export function generationOf(origin: string): number {
  return Number(origin.slice(baseOriginOf(origin).length + 1)) || 1;
}

/** An origin without the number that restores which were accepted have given it. */
export function baseOriginOf(origin: string): string {
  return origin.replace(/\/(?:[2-9]|[1-9]\d+)$/, "");
}

/** The origin under which the chain is signed now: after each restore that was accepted it is another. */
export function currentOrigin(baseOrigin: string, acceptances: readonly RestoreAcceptance[]): string {
  return acceptances.at(-1)?.after.origin ?? baseOrigin;
}

/** `name/chain` → `name/chain/2` → `name/chain/3`. */
export function nextOrigin(baseOrigin: string, acceptances: readonly RestoreAcceptance[]): string {
  return `${baseOrigin}/${generationOf(currentOrigin(baseOrigin, acceptances)) + 1}`;
}

/** Remembers at which size a witness is, so that the next submission begins there. */
export function keepWitnessedSize(folder: string, url: string, size: number): void {
  writeAtomicFile(join(folder, `${witnessPrefix}${witnessKey(url)}`), `${size}\n`, { mode: 0o600 });
}

/** What a witness's size is kept by: its URL may hold a password. */
export function witnessKey(url: string): string {
  return toHex(sha256(Buffer.from(url, "utf8"))).slice(0, 32);
}

const witnessPrefix = "witness-";

async function readSizes(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sizes = names
    .filter((each) => each.startsWith(witnessPrefix))
    .map(async (name): Promise<[string, number]> => {
      // A guess that cannot be read is none.
      const text = await readFile(join(folder, name), "utf8").catch(() => "");
      return [name.slice(witnessPrefix.length), parseTreeSize(text.trimEnd()) ?? 0];
    });
  return new Map((await Promise.all(sizes)).filter(([, size]) => size > 0));
}

/** The folder's name is a digest: whose it is stands in it for people. */
export function makeFolder(folder: string, baseOrigin: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeAtomicFile(join(folder, "origin"), `${baseOrigin}\n`, { mode: 0o600 });
  } catch (error) {
    throw new OpsError(
      "file-unwritable",
      `the state folder cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      "name a folder that you may write to with --state DIR: the one where this chain's last checkpoint is kept, if it was ever signed",
      { cause: error },
    );
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new OpsError(
      "unreadable-checkpoint",
      `the state folder cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "make it readable: what was signed before is kept there",
      { cause: error },
    );
  }
}
