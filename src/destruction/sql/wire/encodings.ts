/**
 * Encodings of clients in which the bytes behind a lead byte may be ASCII: the server turns the text into its own encoding before it reads it, so
 * such a byte is no quote, backslash or letter. `pg_*_mblen` of PostgreSQL's `src/common/wchar.c` says how long a character is.
 */
const double: ReadonlySet<string> = new Set(["BIG5", "GBK", "UHC", "JOHAB"]);

/** How many bytes follow a lead byte, whatever they are; 4 for GB18030's, which the byte behind it decides. Null where no byte beyond ASCII leads one of ASCII. */
export function trailTable(encoding: string): Uint8Array | null {
  const isJapanese = encoding === "SJIS";
  if (!isJapanese && !double.has(encoding) && encoding !== "GB18030") return null;
  return new Uint8Array(256).map((_, byte) => {
    if (byte < 0x80) return 0;
    if (isJapanese && byte >= 0xa1 && byte <= 0xdf) return 0;
    if (encoding === "JOHAB" && byte === 0x8f) return 2;
    return encoding === "GB18030" ? 4 : 1;
  });
}

/** Encodings of the server's own, besides those that `TextDecoder` knows: beyond ASCII all their bytes are. */
const others: ReadonlySet<string> = new Set(["EUC_CN", "EUC_TW", "EUC_JIS_2004", "MULE_INTERNAL", "JOHAB"]);

/**
 * Whether it is known what the server makes of bytes beyond ASCII in this encoding. Not of SHIFT_JIS_2004: there 81 5F becomes a backslash, and 81 B0
 * a tilde, which are ASCII (measured on PostgreSQL 15; no other encoding has such characters).
 */
export function isReadable(encoding: string): boolean {
  return Object.hasOwn(labels, encoding) || others.has(encoding);
}

/** What `TextDecoder` calls PostgreSQL's encodings; those that it does not know are missing. */
const labels: Readonly<Record<string, string>> = {
  UTF8: "utf-8",
  SQL_ASCII: "utf-8",
  LATIN1: "latin1",
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN5: "windows-1254",
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
  WIN866: "ibm866",
  WIN874: "windows-874",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
  EUC_JP: "euc-jp",
  EUC_KR: "euc-kr",
  SJIS: "shift_jis",
  BIG5: "big5",
  GBK: "gbk",
  GB18030: "gb18030",
  UHC: "euc-kr",
};

const decoders = new Map<string, TextDecoder | null>();

/** Bytes of the client's as text. What cannot be decoded is no part of any word that the reader looks for, and no name that anybody can tell. */
export function decodeText(bytes: Uint8Array, encoding: string): string {
  for (let at = 0; ; at += 1) {
    if (at === bytes.length) return asciiText(bytes);
    if ((bytes[at] ?? 0) >= 0x80) break;
  }
  const decoder = decoderOf(encoding);
  return decoder === null ? Buffer.from(bytes).toString("utf8") : decoder.decode(bytes);
}

function asciiText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

type Label = NonNullable<ConstructorParameters<typeof TextDecoder>[0]>;

/** Bun's types list a few of the labels that it knows. */
function isLabel(label: string | undefined): label is Label {
  return label !== undefined;
}

function decoderOf(encoding: string): TextDecoder | null {
  const known = decoders.get(encoding);
  if (known !== undefined) return known;
  const label = labels[encoding];
  const decoder = isLabel(label) ? new TextDecoder(label, { ignoreBOM: true }) : null;
  decoders.set(encoding, decoder);
  return decoder;
}
