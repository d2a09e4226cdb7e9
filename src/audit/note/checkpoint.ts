import { OpsError } from "../../errors.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

/** The head of a log's Merkle tree: how many leaves it has, and their RFC 6962 root, 32 bytes. */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface Checkpoint extends TreeHead {
  /** Opaque lines that others may put below; custody writes none. */
  readonly extensions: readonly string[];
}

const rootBytes = 32;

/**
 * The text of a checkpoint: origin, decimal size, base64 root, each a line. https://c2sp.org/tlog-checkpoint
 *
 * @throws OpsError bad-input for an origin that no checkpoint can hold
 */
export function formatCheckpoint({ origin, size, root }: TreeHead): string {
  const isOrigin = origin !== "" && origin.isWellFormed() && !/[\u0000-\u001f]/.test(origin);
  if (!isOrigin || !Number.isSafeInteger(size) || size < 0 || root.length !== rootBytes) {
    throw new OpsError(
      "bad-input",
      `no checkpoint can say this: origin ${JSON.stringify(origin)}, size ${size}, root of ${root.length} bytes`,
      "an origin is one line of text, such as example.com/audit",
    );
  }
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/**
 * Reads the text of a checkpoint (the note without its signatures).
 *
 * @param what names it in errors
 * @throws OpsError unreadable-checkpoint
 */
export function parseCheckpoint(text: string, what = "the note"): Checkpoint {
  if (!text.endsWith("\n")) throw unreadable(what, "its text does not end in a newline");
  const [origin, sizeLine, rootLine, ...extensions] = text.slice(0, -1).split("\n");
  if (origin === undefined || sizeLine === undefined || rootLine === undefined)
    throw unreadable(what, "it has fewer than three lines");
  if (origin === "") throw unreadable(what, "its origin is empty");
  const size = parseTreeSize(sizeLine);
  if (size === null)
    throw unreadable(what, `its second line is no tree size: ${JSON.stringify(sizeLine.slice(0, 80))}`);
  const root = decodeBase64(rootLine);
  if (root?.length !== rootBytes)
    throw unreadable(
      what,
      `its third line is no base64 of 32 bytes: ${JSON.stringify(rootLine.slice(0, 80))}`,
    );
  if (extensions.includes("")) throw unreadable(what, "an extension line is empty");
  return { origin, size, root, extensions };
}

/** ASCII decimal with no leading zeroes, at most 2^53 - 1; null for anything else. */
export function parseTreeSize(text: string): number | null {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : null;
}

function unreadable(what: string, why: string): OpsError {
  return new OpsError(
    "unreadable-checkpoint",
    `${what} is no checkpoint: ${why}`,
    "a checkpoint is three lines, origin, size and root, signed: custody chain checkpoint writes one",
  );
}
