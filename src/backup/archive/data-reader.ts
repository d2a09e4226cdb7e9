import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { createContentDigest } from "../content-digest.ts";
import type { ContentDigest } from "../content-digest.ts";
import { identityOf } from "../fingerprint.ts";
import type { LargeObject, SequenceValue, TableContent } from "../fingerprint.ts";
import { decodeText } from "./cursor.ts";
import { createFieldNormaliser } from "./normalise-fields.ts";
import type { ColumnTypes } from "./normalise-fields.ts";
import { createScriptReader } from "./script-reader.ts";
import type { ScriptEnd, ScriptEvent } from "./script-events.ts";
import { readBytea, readCopyTarget, readLargeObjectCall, readQualifiedName, readSetval } from "./sql-text.ts";
import type { CopyTarget } from "./sql-text.ts";

interface DataReaderOptions {
  readonly columnTypes: ColumnTypes;
  /** Instead of digests: the rows of one table. */
  readonly rowsOf?: {
    readonly schema: string;
    readonly name: string;
    readonly take: (bytes: Uint8Array) => void;
  };
}

interface DataRead {
  readonly tables: readonly TableContent[];
  readonly sequences: readonly SequenceValue[];
  readonly largeObjects: readonly LargeObject[];
  readonly undigested: readonly { readonly table: string; readonly reason: string }[];
  readonly inside: ScriptEnd["inside"];
  /** What was read last, for messages. */
  readonly last: string | null;
}

interface DataReader {
  push(chunk: Uint8Array): void;
  /** What is being read, for messages. */
  current(): string | null;
  /** `isBroken`: the bytes stopped at damage; what was being read is then left out. */
  finish(isBroken: boolean): DataRead;
}

interface OpenTable {
  readonly target: CopyTarget;
  readonly name: string;
  readonly sink: { push(chunk: Uint8Array): void; finish(): void };
  readonly digest: ContentDigest | null;
}

/** Reads a data script of pg_dump's or pg_restore's, cut anywhere, into digests. Holds no row. */
export function createDataReader(options: DataReaderOptions): DataReader {
  const tables: TableContent[] = [];
  const sequences: SequenceValue[] = [];
  const undigested = new Map<string, string>();
  const objects = createLargeObjects();
  let labelled: { readonly schema: string; readonly name: string } | null = null;
  let open: OpenTable | null = null;
  let last: string | null = null;

  const startCopy = (statement: string): void => {
    const target = readCopyTarget(statement);
    if (target === null) {
      undigested.set(statement.slice(0, 200), "its COPY statement is not of the form that pg_dump writes");
      return;
    }
    const name = ownName(target, labelled);
    last = name;
    open = openTable(target, name, options);
    if (target.options !== "")
      undigested.set(name, `its rows are not in COPY's text format (${target.options})`);
  };

  const endCopy = (): void => {
    if (open === null) return;
    const { target, name, digest, sink } = open;
    open = null;
    sink.finish();
    if (digest === null || undigested.has(name)) return;
    tables.push({ table: name, columns: target.columns, ...digest.finish() });
  };

  const statement = (bytes: Buffer): void => {
    const head = bytes.toString("latin1", 0, 60);
    if (/^insert\s+into\s/i.test(head)) {
      const text = decodeText(bytes.subarray(0, 1000)).replace(/^insert\s+into\s+/i, "");
      const name = readQualifiedName(text);
      if (name !== null)
        undigested.set(identityOf(...name.parts), "its rows are INSERT statements, not COPY");
    } else if (/^select\s+pg_catalog\.setval/i.test(head)) {
      const value = readSetval(decodeText(bytes));
      if (value !== null) sequences.push(value);
    } else if (/^select\s+pg_catalog\.lo/i.test(head)) {
      last = objects.statement(bytes) ?? last;
    }
  };

  const handle = (event: ScriptEvent): void => {
    switch (event.type) {
      case "comment":
        labelled = dataLabel(event.text) ?? labelled;
        break;
      case "copy-start":
        startCopy(decodeText(event.bytes));
        break;
      case "copy-data":
        open?.sink.push(event.bytes);
        break;
      case "copy-end":
        endCopy();
        break;
      case "statement":
      case "long-statement":
        statement(Buffer.from(event.bytes.buffer, event.bytes.byteOffset, event.bytes.byteLength));
        break;
      case "meta-command":
        break;
    }
  };

  const reader = createScriptReader(handle);
  return {
    push: (chunk) => reader.push(chunk),
    current: () => open?.name ?? last,
    finish(isBroken) {
      const { inside } = reader.finish();
      return {
        tables,
        sequences,
        largeObjects: objects.finish(isBroken),
        undigested: listed(undigested),
        inside,
        last,
      };
    },
  };
}

function listed(
  reasons: ReadonlyMap<string, string>,
): readonly { readonly table: string; readonly reason: string }[] {
  return [...reasons].map(([table, reason]) => ({ table, reason }));
}

function openTable(target: CopyTarget, name: string, options: DataReaderOptions): OpenTable {
  const { rowsOf } = options;
  const isWanted =
    rowsOf !== undefined && target.parts.at(-1) === rowsOf.name && target.parts.at(-2) === rowsOf.schema;
  const digest = rowsOf === undefined ? createContentDigest() : null;
  const take =
    digest === null ? (isWanted ? rowsOf.take : () => undefined) : (bytes: Uint8Array) => digest.push(bytes);
  const normaliser = createFieldNormaliser(target.columns, options.columnTypes.get(name), take);
  return { target, name, digest, sink: normaliser ?? { push: take, finish: () => undefined } };
}

/** `-- Data for Name: part1; Type: TABLE DATA; Schema: app; Owner: …` */
function dataLabel(text: string): { readonly schema: string; readonly name: string } | null {
  const match = /^-- Data for Name: (.*); Type: TABLE DATA; Schema: (.*); Owner: /.exec(text);
  return match === null ? null : { name: match[1] ?? "", schema: match[2] ?? "" };
}

/** With `--load-via-partition-root` COPY names the root; the rows are those of the partition in the comment above it. */
function ownName(
  target: CopyTarget,
  label: { readonly schema: string; readonly name: string } | null,
): string {
  const own = identityOf(...target.parts);
  // The comment writes a line end in a name as a blank.
  return label === null || own.replaceAll("\n", " ") === identityOf(label.schema, label.name)
    ? own
    : identityOf(label.schema, label.name);
}

interface LargeObjectReader {
  /** Returns what the statement is about, for messages. */
  statement(bytes: Buffer): string | null;
  finish(isBroken: boolean): readonly LargeObject[];
}

/** Follows `lo_create`, `lo_open`, `lowrite`, `lo_close` as pg_dump writes them: one object open at a time. */
function createLargeObjects(): LargeObjectReader {
  const done = new Map<number, LargeObject>();
  const empty = createHash("sha256").digest("hex");
  let open: { readonly oid: number; readonly hash: Hash; bytes: number } | null = null;
  const close = (): void => {
    if (open !== null)
      done.set(open.oid, { oid: open.oid, bytes: open.bytes, digest: open.hash.digest("hex") });
    open = null;
  };
  return {
    statement(bytes) {
      const call = readLargeObjectCall(bytes.toString("latin1", 0, 100));
      if (call === null) return null;
      if (call.call === "create") {
        if (!done.has(call.oid)) done.set(call.oid, { oid: call.oid, bytes: 0, digest: empty });
      } else if (call.call === "open") {
        close();
        open = { oid: call.oid, hash: createHash("sha256"), bytes: 0 };
      } else if (call.call === "write" && open !== null) {
        const data = readBytea(bytes);
        if (data !== null) {
          open.hash.update(data);
          open.bytes += data.length;
        }
      } else close();
      return open === null ? null : `large object ${open.oid}`;
    },
    finish(isBroken) {
      if (!isBroken) close();
      return [...done.values()].toSorted((left, right) => left.oid - right.oid);
    },
  };
}
