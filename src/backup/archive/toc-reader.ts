import type { Archive } from "./archive.ts";
import { createdAt, stampOf } from "./created-at.ts";
import { Malformed, Underflow } from "./cursor.ts";
import type { Found } from "./parts.ts";
import { readToc, UnknownVersion } from "./toc.ts";
import type { Toc } from "./toc.ts";
import { cutOff, unreadable } from "./unreadable.ts";

/** A table of contents above this is refused before it is held. */
const tocLimit = 512 * 1024 * 1024;

export interface TocReader {
  /** Returns what follows the table of contents once it was read whole, or null while more is needed. */
  push(chunk: Buffer): Buffer | null;
  /** Throws `unreadable-archive` when the table of contents never came to its end. */
  finish(): Toc;
}

/**
 * Collects a table of contents from bytes cut anywhere. It is read again only when the bytes have doubled, so the whole
 * costs no more than twice the reading.
 */
export function createTocReader(path: string): TocReader {
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted = 11;
  let toc: Toc | null = null;

  const read = (isLast: boolean): Buffer | null => {
    const all = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    pieces = [all];
    try {
      toc = readToc(all);
      pieces = [];
      return all.subarray(toc.length);
    } catch (error) {
      if (!(error instanceof Underflow)) throw explainToc(error, path);
      if (isLast) throw cutOff(path, `in the middle of its table of contents (at byte ${held})`);
      wanted = Math.max(held * 2, Math.min(error.needed, tocLimit));
      if (held > tocLimit) throw unreadable(path, "its table of contents is larger than 512 MB");
      return null;
    }
  };

  return {
    push(chunk) {
      pieces.push(chunk);
      held += chunk.length;
      return held < wanted ? null : read(false);
    },
    finish() {
      if (toc === null) read(true);
      if (toc === null) throw cutOff(path, "in the middle of its table of contents");
      return toc;
    },
  };
}

/** What a failed read of a table of contents, or of data blocks, means to the user. */
export function explainToc(error: unknown, path: string): unknown {
  if (error instanceof UnknownVersion) {
    const hint = error.isNewer
      ? "use a newer custody and a newer pg_restore"
      : "dump again with PostgreSQL 9.0 or newer";
    return unreadable(path, `archive version ${error.version}, which custody does not know`, hint);
  }
  if (error instanceof Malformed)
    return unreadable(path, `damaged at byte ${error.offset}: ${error.message}`);
  return error;
}

/** What every archive with a table of contents says about itself. */
export function foundIn(toc: Toc, format: Archive["format"], modified: Date): Found {
  const { head } = toc;
  const encoding = toc.entries.find((entry) => entry.desc === "ENCODING");
  return {
    format,
    compression: head.compression,
    archiveVersion: `1.${head.minor}`,
    createdAt: createdAt(head.clock, modified),
    stamp: stampOf(head.clock),
    databaseName: head.databaseName,
    serverVersion: firstWord(head.serverVersion),
    dumpVersion: firstWord(head.dumpVersion),
    encoding: /'([^']+)'/.exec(encoding?.defn ?? "")?.[1] ?? null,
    entries: toc.entries,
  };
}

/** `15.18` of `15.18 (Debian 15.18-0+deb12u1)`. */
function firstWord(text: string | null): string | null {
  return text === null ? null : (text.split(" ")[0] ?? null);
}
