import type { ArchiveEntry, ArchiveSection } from "./archive.ts";
import { decodeText } from "./cursor.ts";
import { createScriptReader } from "./script-reader.ts";
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

/** Reads a plain script's own header comments as a table of contents. `push` takes bytes cut anywhere. */
export function createPlainReader(): { push(chunk: Uint8Array): void; finish(): PlainContents } {
  const entries: { -readonly [Key in keyof ArchiveEntry]: ArchiveEntry[Key] }[] = [];
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
      dumpId: entries.length + 1,
      ...place,
      desc,
      tag,
      namespace: schema === undefined || schema === "-" ? null : schema,
      owner: owner === undefined || owner === "-" ? "" : owner,
      section: sectionOf(desc),
      defn: "",
      dropStmt: "",
      copyStmt: "",
      dependencies: [],
      hasData: false,
      fileName: null,
    });
    place = { tableOid: 0, oid: 0 };
  };

  const statement = (bytes: Uint8Array): void => {
    const entry = entries.at(-1);
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
