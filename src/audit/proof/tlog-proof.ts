import { OpsError } from "../../errors.ts";
import { decodeBase64, encodeBase64 } from "../note/base64.ts";
import { parseTreeSize } from "../note/checkpoint.ts";

/** That one leaf is in the tree of a checkpoint, to be verified offline. */
export interface TlogProof {
  /** What the application needs beside; nothing vouches for it. Null without an `extra` line. */
  readonly extra: Uint8Array | null;
  /** Of the leaf, from 0. */
  readonly index: number;
  /** RFC 6962 inclusion path, 32 bytes each, the leaf's sibling first. */
  readonly path: readonly Uint8Array[];
  /** The checkpoint's signed note, word for word. */
  readonly checkpoint: string;
}

export const proofHeader = "c2sp.org/tlog-proof@v1";
const hashBytes = 32;
/** No path is longer: trees have at most 2^53 leaves. */
const mostHashes = 53;

/** The text of a proof. https://c2sp.org/tlog-proof */
export function formatTlogProof({ extra, index, path, checkpoint }: TlogProof): string {
  const lines = [
    proofHeader,
    ...(extra === null ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...path.map(encodeBase64),
  ];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/**
 * Takes a proof apart, to the letter of https://c2sp.org/tlog-proof. Nothing is verified, the checkpoint is not even read.
 *
 * @param what names it in errors
 * @throws OpsError unreadable-proof
 */
export function parseTlogProof(text: string, what = "the proof"): TlogProof {
  const blank = text.indexOf("\n\n");
  if (blank === -1) throw unreadableProof(what, "no blank line stands before its checkpoint");
  const [first, ...rest] = text.slice(0, blank).split("\n");
  if (first !== proofHeader) throw unreadableProof(what, `its first line is not ${proofHeader}`);
  const extraLine = rest[0]?.startsWith("extra ") === true ? rest.shift() : undefined;
  const extra = extraLine === undefined ? null : decodeBase64(extraLine.slice("extra ".length));
  if (extraLine !== undefined && extra === null) throw unreadableProof(what, "its extra line is not base64");
  const indexLine = rest.shift() ?? "";
  const index = indexLine.startsWith("index ") ? parseTreeSize(indexLine.slice("index ".length)) : null;
  if (index === null) throw unreadableProof(what, "it has no index line where one is due");
  if (rest.length > mostHashes) throw unreadableProof(what, `its path has more than ${mostHashes} hashes`);
  const path = rest.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== hashBytes)
      throw unreadableProof(
        what,
        `a line of its path is no base64 of 32 bytes: ${JSON.stringify(line.slice(0, 80))}`,
      );
    return hash;
  });
  return { extra, index, path, checkpoint: text.slice(blank + 2) };
}

export function unreadableProof(what: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-proof",
    `${what} is no proof of an event: ${why}`,
    "check that it is the file that custody chain prove wrote, whole and unchanged",
    { cause },
  );
}
