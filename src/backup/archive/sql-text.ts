import { identityOf } from "../fingerprint.ts";

/** Small readers for the statements that pg_dump writes around data; no parser, since their shape never varies. */

/** Reads names such as `app."Weird ""x"""` from the start of a text; null when there is none. */
export function readQualifiedName(
  text: string,
): { readonly parts: readonly string[]; readonly length: number } | null {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))/.exec(text.slice(at));
    if (match === null) return null;
    parts.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    at += match[0].length;
    if (text[at] !== ".") return { parts, length: at };
    at += 1;
  }
}

export interface CopyTarget {
  /** The table's name, unquoted: schema and table. */
  readonly parts: readonly string[];
  /** Unquoted. */
  readonly columns: readonly string[];
  /** What stands between `FROM stdin` and `;`: "" in what pg_dump writes (text format). */
  readonly options: string;
}

/** Reads `COPY app.orders (id, "b c") FROM stdin;`; null when it is not of that shape. */
export function readCopyTarget(statement: string): CopyTarget | null {
  const lead = /^copy\s+/i.exec(statement);
  if (lead === null) return null;
  const rest = statement.slice(lead[0].length);
  const name = readQualifiedName(rest);
  if (name === null) return null;
  let after = rest.slice(name.length).trimStart();
  const columns: string[] = [];
  if (after.startsWith("(")) {
    after = after.slice(1);
    for (;;) {
      const column = readQualifiedName(after.trimStart());
      if (column === null) return null;
      columns.push(column.parts[0] ?? "");
      after = after.trimStart().slice(column.length).trimStart();
      if (after.startsWith(",")) after = after.slice(1);
      else break;
    }
    if (!after.startsWith(")")) return null;
    after = after.slice(1).trimStart();
  }
  const end = /^from\s+stdin\s*([^]*?)\s*;\s*$/i.exec(after);
  if (end === null) return null;
  return { parts: name.parts, columns, options: end[1] ?? "" };
}

/** The value of an SQL literal `'…'` or `E'…'` at the start of a text. */
export function readLiteral(text: string): string | null {
  const match = /^(E?)'((?:[^']|'')*)'/i.exec(text);
  if (match === null) return null;
  const body = (match[2] ?? "").replaceAll("''", "'");
  return match[1] === "" ? body : body.replace(/\\(.)/gs, "$1");
}

/** `SELECT pg_catalog.setval('app.orders_id_seq', 2003, true);`; `sequence` is its `identityOf`. */
export function readSetval(
  statement: string,
): { readonly sequence: string; readonly lastValue: string; readonly isCalled: boolean } | null {
  const lead = /^select\s+pg_catalog\.setval\(\s*/i.exec(statement);
  if (lead === null) return null;
  const rest = statement.slice(lead[0].length);
  const sequence = readQualifiedName(readLiteral(rest) ?? "");
  const values = /,\s*(-?\d+)\s*,\s*(true|false)\s*\)\s*;\s*$/i.exec(rest);
  if (sequence === null || values === null) return null;
  return {
    sequence: identityOf(...sequence.parts),
    lastValue: values[1] ?? "",
    isCalled: values[2]?.toLowerCase() === "true",
  };
}

/** Which large-object function a statement calls, and on which object. */
export function readLargeObjectCall(
  statement: string,
): { readonly call: "create" | "open" | "write" | "close"; readonly oid: number } | null {
  const match = /^select\s+pg_catalog\.(?:lo_(create|open|close)|lo(write))\(\s*'?(\d+)/i.exec(
    statement.slice(0, 100),
  );
  if (match === null) return null;
  const call = (match[1] ?? match[2] ?? "").toLowerCase();
  if (call !== "create" && call !== "open" && call !== "write" && call !== "close") return null;
  return { call, oid: Number(match[3]) };
}

/** The bytes of the literal in `SELECT pg_catalog.lowrite(0, '\x…');`: hex, or the old escape form. */
export function readBytea(statement: Buffer): Buffer | null {
  const [quote, backslash] = [39, 92];
  const first = statement.indexOf(quote);
  const last = statement.lastIndexOf(quote);
  if (first < 0 || last <= first) return null;
  let body = statement.subarray(first + 1, last);
  // With standard_conforming_strings off every backslash is doubled.
  if (body[0] === backslash && body[1] === backslash && body[2] === 120) body = body.subarray(1);
  if (body[0] === backslash && body[1] === 120) {
    const bytes = Buffer.from(body.toString("latin1", 2), "hex");
    return bytes.length * 2 === body.length - 2 ? bytes : null;
  }
  return readEscapedBytea(body.toString("latin1").replaceAll("''", "'"));
}

/** bytea's escape form: `\\` and `\ooo`. */
export function readEscapedBytea(text: string): Buffer | null {
  if (/\\(?![0-3][0-7]{2}|\\)/.test(text.replaceAll("\\\\", ""))) return null;
  const plain = text.replace(/\\(\\|[0-3][0-7]{2})/g, (_, code: string) =>
    code === "\\" ? "\\" : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(plain, "latin1");
}
