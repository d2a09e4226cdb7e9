import type { ArchiveEntry, ArchiveSection } from "./archive.ts";
import { decodeText } from "./cursor.ts";
import { createScriptReader } from "./script-reader.ts";
import { readQualifiedName } from "./sql-text.ts";
import type { ScriptEnd } from "./script-events.ts";

export interface PlainContents {
  readonly entries: readonly ArchiveEntry[];
  readonly databaseName: string | null;
  readonly serverVersion: string | null;
  readonly dumpVersion: string | null;
  readonly encoding: string | null;
  readonly startedAt: Date | null;
  readonly end: ScriptEnd;
  /** Whether pg_dump's last comment, `PostgreSQL database dump complete`, was seen, and the `\unrestrict` after it, if due. */
  readonly isComplete: boolean;
}

/** How much of one entry's SQL is kept, and of all of them. */
const [entryLimit, totalLimit] = [1 << 20, 256 << 20];
/** `-- Name: orders; Type: TABLE; Schema: public; Owner: app` (source: _printTocEntry in pg_backup_archiver.c). */
const header =
  /^-- (Data for )?Name: (.*); Type: (.*); Schema: (.*); Owner:(?: (.*?))?(?:; Tablespace: .*)?$/;

/** Whether a comment is the header of an entry: they count in the order in which they stand. */
export function isEntryHeader(comment: string): boolean {
  return header.test(comment);
}

const dataKinds = new Set(["TABLE DATA", "SEQUENCE SET", "BLOBS"]);

const noEntry: ArchiveEntry = {
  dumpId: 0,
  tableOid: 0,
  oid: 0,
  desc: "",
  tag: "",
  namespace: null,
  owner: "",
  section: "none",
  defn: "",
  dropStmt: "",
  copyStmt: "",
  dependencies: [],
  hasData: false,
  fileName: null,
};

/** The extension that `CREATE EXTENSION …` makes; null for any other statement. */
export function createdExtension(statement: string): string | null {
  const head = /^create\s+extension\s+(?:if\s+not\s+exists\s+)?/i.exec(statement);
  return head === null ? null : (readQualifiedName(statement.slice(head[0].length))?.parts[0] ?? null);
}

/** Reads a plain script's own header comments as a table of contents. `push` takes bytes cut anywhere. */
export function createPlainReader(): { push(chunk: Uint8Array): void; finish(): PlainContents } {
  const entries: { -readonly [Key in keyof ArchiveEntry]: ArchiveEntry[Key] }[] = [];
  const strays: ArchiveEntry[] = [];
  const about = {
    databaseName: null as string | null,
    serverVersion: null as string | null,
    dumpVersion: null as string | null,
    encoding: null as string | null,
    startedAt: null as Date | null,
  };
  let kept = 0;
  let isComplete = false;
  /** The key of `\restrict`, which the script's last line takes back. */
  let restrictedBy: string | null = null;
  let place = { tableOid: 0, oid: 0 };
  let parts: string[] = [];

  const closeEntry = (): void => {
    const entry = entries.at(-1);
    if (entry !== undefined) entry.defn = parts.join("\n");
    parts = [];
  };

  const comment = (text: string): void => {
    isComplete ||= text === "-- PostgreSQL database dump complete";
    const oids = /^-- TOC entry \d+ \(class (\d+) OID (\d+)\)/.exec(text);
    if (oids) place = { tableOid: Number(oids[1]), oid: Number(oids[2]) };
    about.serverVersion ??= /^-- Dumped from database version (\S+)/.exec(text)?.[1] ?? null;
    about.dumpVersion ??= /^-- Dumped by pg_dump version (\S+)/.exec(text)?.[1] ?? null;
    const started = /^-- Started on (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|GMT)?/.exec(text);
    if (started)
      about.startedAt = new Date(`${started[1]}T${started[2]}${started[3] === undefined ? "" : "Z"}`);
    const [, , tag, desc, schema, owner] = header.exec(text) ?? [];
    if (tag === undefined || desc === undefined) return;
    closeEntry();
    entries.push({
      ...noEntry,
      dumpId: entries.length + 1,
      ...place,
      desc,
      tag,
      namespace: schema === undefined || schema === "-" ? null : schema,
      owner: owner === undefined || owner === "-" ? "" : owner,
      section: sectionOf(desc),
    });
    place = { tableOid: 0, oid: 0 };
  };

  /** Somebody wrote it in, and pg_dump gave it no header: it is an entry all the same, behind those that have one. */
  const noteExtension = (text: string): void => {
    const tag = createdExtension(text);
    if (tag !== null) strays.push({ ...noEntry, desc: "EXTENSION", tag, section: "pre-data", defn: text });
  };

  const statement = (bytes: Uint8Array): void => {
    const entry = entries.at(-1);
    if (entry?.desc !== "EXTENSION" && bytes.length < 1000) noteExtension(decodeText(bytes));
    if (entry === undefined) {
      if (bytes.length < 200)
        about.encoding ??= /^SET client_encoding = '([^']+)'/.exec(decodeText(bytes))?.[1] ?? null;
      return;
    }
    if (dataKinds.has(entry.desc)) {
      entry.hasData = true;
      return;
    }
    if (bytes.length > entryLimit || kept + bytes.length > totalLimit) return;
    kept += bytes.length;
    parts.push(decodeText(bytes));
  };

  const reader = createScriptReader((event) => {
    switch (event.type) {
      case "comment":
        comment(event.text);
        break;
      case "statement":
        statement(event.bytes);
        break;
      case "copy-start": {
        const entry = entries.at(-1);
        if (entry !== undefined) Object.assign(entry, { hasData: true, copyStmt: decodeText(event.bytes) });
        break;
      }
      case "meta-command": {
        const [, un, key] = /^\\(un)?restrict\s+(\S+)/.exec(event.text) ?? [];
        if (key !== undefined)
          restrictedBy = un === undefined ? key : key === restrictedBy ? null : restrictedBy;
        about.databaseName ??=
          /^\\connect (?:-reuse-previous=on )?"?([^" ]+)"?$/.exec(event.text)?.[1] ?? null;
        break;
      }
      case "long-statement":
      case "copy-data":
      case "copy-end":
        break;
    }
  });
  return {
    push: (chunk) => reader.push(chunk),
    finish: () => {
      const end = reader.finish();
      closeEntry();
      const known = new Set(entries.flatMap(({ desc, tag }) => (desc === "EXTENSION" ? [tag] : [])));
      for (const stray of strays) {
        if (!known.has(stray.tag)) entries.push({ ...stray, dumpId: entries.length + 1 });
        known.add(stray.tag);
      }
      return { ...about, entries, end, isComplete: isComplete && restrictedBy === null };
    },
  };
}

const postData = new Set([
  "INDEX",
  "CONSTRAINT",
  "FK CONSTRAINT",
  "TRIGGER",
  "RULE",
  "EVENT TRIGGER",
  "ACL",
  "DEFAULT ACL",
  "POLICY",
]);

function sectionOf(desc: string): ArchiveSection {
  if (dataKinds.has(desc)) return "data";
  return postData.has(desc) ? "post-data" : "pre-data";
}
