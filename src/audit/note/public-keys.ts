import { resolve } from "node:path";
import { OpsError } from "../../errors.ts";
import { signatureTypes } from "./key-id.ts";
import { speaksFor } from "./key-name.ts";
import { openReplacement, replacementHeader } from "./replacement.ts";
import { decodeNote } from "./signed-note.ts";
import { parseVerifierKey, showKey } from "./vkey.ts";
import type { VerifierKey } from "./vkey.ts";
import { readSmallFile } from "../../run/read-small-file.ts";

interface KeyFile {
  readonly keys: readonly VerifierKey[];
  readonly replacements: readonly { readonly old: VerifierKey; readonly replacement: VerifierKey }[];
}

/**
 * The keys that `--public-key` names: each is a vkey, or a file of vkeys (one a line, `#` begins a comment) and of replacement
 * notes. A replacement note adds the new key when the old one is among the trusted, through any number of replacements; one
 * whose old key is not trusted adds nothing.
 *
 * @param cwd what relative paths start from
 * @throws OpsError bad-input
 */
export async function readPublicKeys(given: readonly string[], cwd: string): Promise<VerifierKey[]> {
  const files = await Promise.all(given.map((each) => readGiven(each, cwd)));
  const trusted = new Map(files.flatMap(({ keys }) => keys).map((key) => [key.vkey, key]));
  const replacements = files.flatMap((file) => file.replacements);
  for (let isGrowing = true; isGrowing;) {
    isGrowing = false;
    for (const { old, replacement } of replacements) {
      const replaced = trusted.get(old.vkey);
      if (replaced === undefined) continue;
      const known = trusted.get(replacement.vkey);
      if (known === undefined && usurps(replacement, replaced, trusted) !== null) continue;
      const successor = succeed(known ?? replacement, replaced);
      if (successor === known) continue;
      trusted.set(replacement.vkey, successor);
      isGrowing = true;
    }
  }
  for (const { old, replacement } of replacements) {
    const [replaced, isKnown] = [trusted.get(old.vkey), trusted.has(replacement.vkey)];
    const other = replaced === undefined || isKnown ? null : usurps(replacement, replaced, trusted);
    if (other !== null) throw usurped(old, replacement, other);
  }
  if (trusted.size === 0 && given.length > 0 && replacements.length === 0) {
    throw new OpsError(
      "bad-input",
      `no public key is trusted: ${given.join(", ")} holds none`,
      "name a file of vkeys, one a line, such as FILE.pub",
    );
  }
  if (trusted.size === 0 && given.length > 0) {
    throw new OpsError(
      "bad-input",
      `no public key is trusted: ${given.join(", ")} holds none but replacements of keys that are not given`,
      "give the old key too: --public-key OLD.pub --public-key NEW.replaces",
    );
  }
  return [...trusted.values()];
}

/**
 * Whoever is believed of one chain appoints nobody for another's: the trusted key of somebody else whose name a new key would
 * speak by, or for; null when there is none.
 */
function usurps(
  { name }: VerifierKey,
  replaced: VerifierKey,
  trusted: ReadonlyMap<string, VerifierKey>,
): VerifierKey | null {
  const own = new Set([replaced.name, ...replaced.predecessors]);
  if (own.has(name)) return null;
  const isOther = (each: VerifierKey): boolean =>
    each.type === signatureTypes.ed25519 &&
    !own.has(each.name) &&
    (speaksFor(each.name, name) || speaksFor(name, each.name));
  return [...trusted.values()].find(isOther) ?? null;
}

function usurped(old: VerifierKey, replacement: VerifierKey, other: VerifierKey): OpsError {
  return new OpsError(
    "bad-input",
    `${old.name}+${old.keyId} names ${replacement.name}+${replacement.keyId} in its place: that would speak for what ${other.name}+${other.keyId} speaks for`,
    "ask both of them; where it is meant, trust the new key by itself: --public-key NEW.pub",
  );
}

/** The key with the names that it takes over; the very same where it has them already. */
function succeed(key: VerifierKey, old: VerifierKey): VerifierKey {
  const taken = [old.name, ...old.predecessors].filter(
    (name) => name !== key.name && !key.predecessors.includes(name),
  );
  return taken.length === 0 ? key : { ...key, predecessors: [...taken, ...key.predecessors] };
}

async function readGiven(given: string, cwd: string): Promise<KeyFile> {
  if (/^[^+/\\][^+]*\+[0-9a-fA-F]{8}\+/.test(given))
    return { keys: [parseVerifierKey(given)], replacements: [] };
  const bytes = await readSmallFile(resolve(cwd, given)).catch((cause: unknown) => {
    throw new OpsError(
      "bad-input",
      `${showKey(given)} is neither a public key nor a file that can be read: ${reasonOf(cause)}`,
      "give a vkey (NAME+KEYID+BASE64) or the path of a file that holds some, such as FILE.pub",
      { cause },
    );
  });
  return parseKeyFile(bytes, given);
}

/** The system's word for it: its message repeats the path, which may be a private key that was given by mistake. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be opened";
}

/**
 * Reads a file of vkeys and replacement notes.
 *
 * @throws OpsError bad-input with the line
 */
export function parseKeyFile(bytes: Uint8Array, path: string): KeyFile {
  const keys: VerifierKey[] = [];
  const replacements: KeyFile["replacements"][number][] = [];
  const lines = decodeKeyFile(bytes, path).split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const from = index;
    if (line === replacementHeader) {
      // Header, old vkey, new vkey and a blank line, then its signatures.
      index += 4;
      while (lines[index]?.startsWith("— ")) index += 1;
      const note = lines
        .slice(from, index)
        .map((each) => `${each}\n`)
        .join("");
      index -= 1;
      replacements.push(atLine(path, from + 1, () => openReplacement(note)));
    } else if (line.trim() !== "" && !line.trimStart().startsWith("#")) {
      keys.push(atLine(path, from + 1, () => parseVerifierKey(line.trim())));
    }
  }
  return { keys, replacements };
}

function decodeKeyFile(bytes: Uint8Array, path: string): string {
  try {
    return decodeNote(bytes);
  } catch (cause) {
    throw new OpsError(
      "bad-input",
      `${path} is no file of public keys: it is not UTF-8, or longer than a mebibyte`,
      "name a file of vkeys, one a line, such as FILE.pub",
      { cause },
    );
  }
}

function atLine<T>(path: string, line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    throw new OpsError("bad-input", `${path}, line ${line}: ${error.message}`, error.hint, { cause: error });
  }
}
