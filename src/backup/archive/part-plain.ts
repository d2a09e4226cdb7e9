import type { Found, Part } from "./parts.ts";
import { createPlainReader } from "./plain-entries.ts";
import { cutOff, unreadable } from "./unreadable.ts";

/** A plain SQL script of pg_dump's, from its bytes, cut anywhere. */
export function createPlainPart(path: string, modified: Date): Part {
  const reader = createPlainReader();
  return {
    push: (chunk) => reader.push(chunk),
    finish: () => found(path, modified, reader.finish()),
  };
}

function found(
  path: string,
  modified: Date,
  contents: ReturnType<ReturnType<typeof createPlainReader>["finish"]>,
): Found {
  const last = contents.entries.at(-1);
  const near = last === undefined ? "" : `, after ${last.desc} ${last.tag}`;
  if (contents.end.inside !== null) throw cutOff(path, `in the middle of ${contents.end.inside}${near}`);
  if (!contents.isComplete) {
    throw cutOff(path, `before pg_dump's last line (-- PostgreSQL database dump complete)${near}`);
  }
  if (contents.end.bytes === 0) throw unreadable(path, "an empty script");
  return {
    format: "plain",
    compression: "none",
    archiveVersion: null,
    createdAt: contents.startedAt ?? modified,
    stamp: null,
    databaseName: contents.databaseName,
    serverVersion: contents.serverVersion,
    dumpVersion: contents.dumpVersion,
    encoding: contents.encoding,
    entries: contents.entries,
  };
}
