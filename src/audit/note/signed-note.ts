import { OpsError } from "../../errors.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { refuseKeyName } from "./key-name.ts";
import type { SigningKey } from "./signing-key.ts";
import type { VerifierKey } from "./vkey.ts";

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  /** What follows the key id. */
  readonly signature: Uint8Array;
}

/** A note whose signatures nobody has verified yet: its text means nothing. */
export interface Note {
  /** Ends in a newline, which is signed with it. */
  readonly text: string;
  /** In their order; one key may have several. */
  readonly signatures: readonly NoteSignature[];
}

/** A note that at least one known key has signed. */
export interface OpenedNote {
  readonly text: string;
  /** Each key once, in the order of the signatures. */
  readonly signedBy: readonly VerifierKey[];
  /** Those of known keys, every one of them verified. */
  readonly signatures: readonly (NoteSignature & { readonly key: VerifierKey })[];
}

/** The specification asks for at least 16; post-quantum signatures of others take up to 5 kB each. */
const mostSignatures = 100;
const mostShown = 1000;
export const mostNoteBytes = 1_048_576;
const keyIdBytes = 4;

/**
 * Decodes the bytes of a note strictly as UTF-8.
 *
 * @param what names the note in errors
 * @throws OpsError unreadable-checkpoint
 */
export function decodeNote(bytes: Uint8Array, what = "the note"): string {
  if (bytes.length > mostNoteBytes) throw unreadable(what, tooLong);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(what, "it is not valid UTF-8", cause);
  }
}

/**
 * Takes a signed note apart, to the letter of https://c2sp.org/signed-note. No signature is verified.
 *
 * @throws OpsError unreadable-checkpoint
 */
export function parseNote(note: string, what = "the note"): Note {
  const wrong = refuseCharacters(note);
  if (wrong !== null) throw unreadable(what, wrong);
  const blank = note.lastIndexOf("\n\n");
  if (blank === -1) throw unreadable(what, "no blank line stands between its text and its signatures");
  const below = note.slice(blank + 2);
  if (below === "") throw unreadable(what, "no signature stands below its blank line");
  if (!below.endsWith("\n")) throw unreadable(what, "its last line does not end in a newline");
  const lines = below.slice(0, -1).split("\n");
  if (lines.length > mostSignatures) throw unreadable(what, `it has more than ${mostSignatures} signatures`);
  const signatures = lines.map((line) => {
    const signature = parseSignatureLine(line);
    if (signature === null)
      throw unreadable(what, `this is no signature line: ${JSON.stringify(line.slice(0, 80))}`);
    return signature;
  });
  return { text: note.slice(0, blank + 1), signatures };
}

/**
 * Verifies a note: signatures of unknown keys are ignored, those of known keys (name and key id) must all verify, and there must
 * be one.
 *
 * @throws OpsError unreadable-checkpoint for what is no note; untrusted-checkpoint
 */
export function openNote(note: string, keys: readonly VerifierKey[], what = "the note"): OpenedNote {
  const { text, signatures } = parseNote(note, what);
  const bytes = Buffer.from(text);
  const verified = signatures.flatMap((each) => {
    const known = keys.filter((key) => key.name === each.name && key.keyId === each.keyId);
    if (known.length === 0) return [];
    const key = known.find((candidate) => candidate.verify(bytes, each.signature));
    if (key === undefined)
      throw untrusted(what, `the signature of ${each.name}+${each.keyId} does not fit its text`);
    return [{ ...each, key }];
  });
  if (verified.length === 0) {
    const names = [...new Set(signatures.map((each) => `${each.name}+${each.keyId}`))].join(", ");
    const shown = names.length > mostShown ? `${names.slice(0, mostShown)}…` : names;
    throw untrusted(what, `no known key has signed it (it is signed by ${shown})`);
  }
  const signedBy = [...new Map(verified.map(({ key }) => [key.vkey, key])).values()];
  return { text, signedBy, signatures: verified };
}

/**
 * Signs a text, which ends in a newline, with each key, in their order.
 *
 * @throws OpsError bad-input for a text or a key's name that no note can hold
 */
export function signNote(text: string, keys: readonly SigningKey[]): string {
  const wrong = refuseCharacters(text) ?? (text.endsWith("\n") ? null : "it does not end in a newline");
  if (wrong !== null || keys.length === 0) {
    throw new OpsError(
      "bad-input",
      `this text cannot be signed: ${wrong ?? "no key was given"}`,
      "a signed note is lines of UTF-8 without control characters",
    );
  }
  const bytes = Buffer.from(text);
  return `${text}\n${keys.map((key) => signatureLine(key.name, key.keyId, key.sign(bytes))).join("")}`;
}

/**
 * Adds signature lines to a note, below those that it has; a line that it has already is not repeated.
 *
 * @param lines each with or without its newline
 * @throws OpsError unreadable-checkpoint
 */
export function addSignatureLines(note: string, lines: readonly string[]): string {
  parseNote(note);
  const there = new Set(signatureLines(note));
  const added = [...new Set(lines.map((line) => line.replace(/\n$/, "")))].filter((line) => !there.has(line));
  const whole = `${note}${added.map((line) => `${line}\n`).join("")}`;
  parseNote(whole);
  return whole;
}

/** The signature lines of a note, without their newlines. */
export function signatureLines(note: string): readonly string[] {
  return note.slice(note.lastIndexOf("\n\n") + 2, -1).split("\n");
}

/** `— name base64(key id ‖ signature)` and a newline. Throws bad-input for a name that no note can hold. */
export function signatureLine(name: string, keyId: string, signature: Uint8Array): string {
  const wrong = refuseKeyName(name);
  if (wrong !== null) {
    throw new OpsError(
      "bad-input",
      `the key ${JSON.stringify(name)} cannot sign a note: its name cannot be one: ${wrong}`,
      "make a key with custody chain keygen --name NAME; a PEM key is named by its file",
    );
  }
  return `— ${name} ${encodeBase64(Buffer.concat([Buffer.from(keyId, "hex"), signature]))}\n`;
}

function parseSignatureLine(line: string): NoteSignature | null {
  const [dash, name, base64, ...rest] = line.split(" ");
  if (dash !== "—" || name === undefined || base64 === undefined || rest.length > 0) return null;
  const bytes = decodeBase64(base64);
  if (refuseKeyName(name) !== null || bytes === null || bytes.length <= keyIdBytes) return null;
  return {
    name,
    keyId: Buffer.from(bytes.subarray(0, keyIdBytes)).toString("hex"),
    signature: bytes.subarray(keyIdBytes),
  };
}

const tooLong = `it is longer than ${mostNoteBytes} bytes`;

function refuseCharacters(text: string): string | null {
  if (Buffer.byteLength(text) > mostNoteBytes) return tooLong;
  if (!text.isWellFormed()) return "it is not valid Unicode";
  const control = /[\u0000-\u0009\u000b-\u001f]/.exec(text)?.[0];
  if (control === undefined) return null;
  return `it holds the control character U+${control.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;
}

function unreadable(what: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-checkpoint",
    `${what} is no signed note: ${why}`,
    "check that it is the file that was written, whole and unchanged",
    { cause },
  );
}

function untrusted(what: string, why: string): OpsError {
  return new OpsError(
    "untrusted-checkpoint",
    `${what} is not to be trusted: ${why}`,
    "check where it comes from, and that --public-key names the key of whoever signed it",
  );
}
