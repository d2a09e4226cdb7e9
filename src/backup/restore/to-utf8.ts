import { TextDecoder } from "node:util";

/** Turns text in a PostgreSQL encoding into UTF-8, piece by piece. */
export interface Utf8Converter {
  push(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

/** WHATWG labels of PostgreSQL's encodings (source: pg_enc2name_tbl in encnames.c). */
const labels: Readonly<Record<string, string>> = {
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
  WIN866: "ibm866",
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  LATIN10: "iso-8859-16",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
  EUC_JP: "euc-jp",
  EUC_KR: "euc-kr",
  EUC_CN: "gb18030",
  GB18030: "gb18030",
  GBK: "gbk",
  BIG5: "big5",
  SJIS: "shift_jis",
};

/** Null when nothing needs turning (UTF8, SQL_ASCII), or when no table for the encoding is at hand. */
export function toUtf8(encoding: string): Utf8Converter | null {
  if (encoding === "LATIN1") {
    // WHATWG's `latin1` is windows-1252; this one is ISO 8859-1, byte for byte.
    return { push: (chunk) => Buffer.from(latin1(chunk), "utf8"), finish: () => new Uint8Array(0) };
  }
  const label = labels[encoding];
  if (label === undefined) return null;
  const decoder = new TextDecoder(label);
  const encoder = new TextEncoder();
  return {
    push: (chunk) => encoder.encode(decoder.decode(chunk, { stream: true })),
    finish: () => encoder.encode(decoder.decode()),
  };
}

function latin1(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
}
