/** What the first bytes of a file say it is: something that is read on, or a sentence about what it looks like. */
export type Identity =
  | { readonly kind: "custom" | "tar" | "gzip" | "plain" }
  | { readonly kind: "toc-of-directory" }
  | { readonly kind: "other"; readonly looksLike: string; readonly hint: string };

/** How many bytes `identify` wants to see, if the file has them. */
export const identityBytes = 64 * 1024;

const magics: readonly (readonly [string, string])[] = [
  ["504b0304", "a zip file"],
  ["504b0506", "an empty zip file"],
  ["28b52ffd", "a file compressed with zstd"],
  ["fd377a585a00", "a file compressed with xz"],
  ["425a68", "a file compressed with bzip2"],
  ["04224d18", "a file compressed with lz4"],
  ["377abcaf271c", "a 7z file"],
  ["53514c69746520666f726d6174203300", "an SQLite database"],
  ["6167652d656e6372797074696f6e2e6f7267", "a file encrypted with age"],
  ["2d2d2d2d2d424547494e2050475020", "a file encrypted with PGP"],
  ["5265646973", "a Redis snapshot"],
  ["524544495330", "a Redis snapshot"],
  ["6de29981", "a mongodump archive"],
  ["50415231", "a Parquet file"],
  ["7f454c46", "a program"],
  ["5047434f50590aff0d0a00", "the binary COPY of one table"],
];

/** Says what a file is by its first bytes (at most `identityBytes` of them). Pure. */
export function identify(head: Uint8Array): Identity {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length === 0) return other("an empty file", "the dump wrote nothing: look at its own log");
  if (bytes.subarray(0, 5).toString("latin1") === "PGDMP") {
    return bytes[10] === 3 ? { kind: "toc-of-directory" } : { kind: "custom" };
  }
  const hex = bytes.subarray(0, 24).toString("hex");
  if (hex.startsWith("1f8b")) return { kind: "gzip" };
  const magic = magics.find(([prefix]) => hex.startsWith(prefix));
  if (magic !== undefined)
    return other(magic[1], "unpack or decrypt it first: custody reads what pg_dump wrote, and gzip");
  if (bytes.subarray(257, 262).toString("latin1") === "ustar") return identifyTar(bytes);
  return identifyText(bytes);
}

function identifyTar(bytes: Buffer): Identity {
  const name = bytes.subarray(0, 100).toString("latin1").replace(/\0.*$/s, "");
  if (name === "toc.dat") return { kind: "tar" };
  if (/^(\.\/)?(PG_VERSION|backup_label|base\/|global\/|pg_wal|tablespace_map)/.test(name)) {
    return other(
      "a base backup (pg_basebackup), not a dump",
      "restore it as a server, then give custody its URL",
    );
  }
  return other(
    `a tar file that pg_dump did not write (its first member is "${name}")`,
    "unpack it: an archive of format tar starts with toc.dat",
  );
}

function identifyText(bytes: Buffer): Identity {
  if (bytes.includes(0)) {
    return other(
      "a binary file of an unknown kind",
      "custody reads what pg_dump wrote: custom, directory, tar, plain SQL",
    );
  }
  const text = bytes.toString("latin1");
  if (/^-- PostgreSQL database cluster dump$/m.test(text)) {
    return other(
      "a pg_dumpall script",
      "it holds roles and several databases: dump each database with pg_dump",
    );
  }
  if (/^-- PostgreSQL database dump$/m.test(text)) return { kind: "plain" };
  if (/^(-- (MySQL|MariaDB) dump|\/\*M?!)/m.test(text))
    return other("a MySQL dump", "custody proves PostgreSQL backups");
  if (/^\s*[{[]/.test(text)) return other("a JSON file", "custody reads what pg_dump wrote");
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text)) {
    return other("a web page or XML", "the download may have failed: look at the file");
  }
  if (/^pg_dump: |^pg_dump: error/m.test(text)) {
    return other("the error output of pg_dump", "the dump failed: its message stands in the file");
  }
  return other(
    "a text file without pg_dump's header",
    "a plain dump starts with the comment `-- PostgreSQL database dump`",
  );
}

function other(looksLike: string, hint: string): Identity {
  return { kind: "other", looksLike, hint };
}

/** What a directory's file names say it is, when it holds no `toc.dat`. */
export function identifyDirectory(names: readonly string[]): {
  readonly looksLike: string;
  readonly hint: string;
} {
  const has = (name: string): boolean => names.includes(name);
  if (names.length === 0)
    return { looksLike: "an empty directory", hint: "the dump wrote nothing: look at its own log" };
  if (has("backup_manifest") || has("base.tar") || has("base.tar.gz")) {
    return {
      looksLike: "a base backup (pg_basebackup), not a dump",
      hint: "restore it as a server, then give custody its URL",
    };
  }
  if (has("PG_VERSION")) {
    return {
      looksLike: "the data directory of a server",
      hint: "start the server, then give custody its URL",
    };
  }
  if (has("backup.info") || has("backup")) {
    return {
      looksLike: "a pgBackRest repository",
      hint: "restore it as a server, then give custody its URL",
    };
  }
  return {
    looksLike: "a directory without toc.dat",
    hint: "an archive of format directory holds toc.dat and one file for each table; is it a copy without its table of contents?",
  };
}
