import type { ArchiveEntry } from "../archive/archive.ts";

/** An archive's table of contents, to be asked for one entry by what pg_dump calls it. */
export interface ArchivedEntries {
  /** The entries of one of these kinds with this tag; a name's quotes are no matter. */
  find(descs: readonly string[], namespace: string | null, tag: string): readonly ArchiveEntry[];
  /** Those whose tag begins so, up to its first parenthesis. */
  findHead(descs: readonly string[], namespace: string | null, head: string): readonly ArchiveEntry[];
  /** Those of a kind, whatever their tag. */
  ofKind(desc: string): readonly ArchiveEntry[];
}

/** `isScript`: an entry is a comment of a plain script, and carries something only with a statement below it. */
export function indexEntries(entries: readonly ArchiveEntry[], isScript: boolean): ArchivedEntries {
  const held = isScript ? entries.filter(hasStatement) : entries;
  const byTag = Map.groupBy(held, (entry) => keyOf(entry.desc, entry.namespace, entry.tag));
  const byHead = Map.groupBy(held, (entry) => keyOf(entry.desc, entry.namespace, headOf(entry.tag)));
  const byKind = Map.groupBy(held, ({ desc }) => desc);
  return {
    find: (descs, namespace, tag) => descs.flatMap((desc) => byTag.get(keyOf(desc, namespace, tag)) ?? []),
    findHead: (descs, namespace, head) =>
      descs.flatMap((desc) => byHead.get(keyOf(desc, namespace, head)) ?? []),
    ofKind: (desc) => byKind.get(desc) ?? [],
  };
}

function headOf(tag: string): string {
  const end = tag.indexOf("(");
  return end < 0 ? tag : tag.slice(0, end);
}

function keyOf(desc: string, namespace: string | null, tag: string): string {
  return [desc, namespace ?? "", plain(tag)].join("\0");
}

/** Some tags hold names as SQL writes them, others as they are; a script's comments hold no line ends. */
function plain(tag: string): string {
  return tag.replaceAll('"', "").replaceAll(/[\r\n]/g, " ");
}

/** Who owns it is set by a statement of its own, which makes nothing. */
const setsOwner = /^\s*ALTER\s[^]*\sOWNER TO\s[^;]*;?\s*$/;

function hasStatement({ desc, defn, hasData }: ArchiveEntry): boolean {
  const isData = desc === "TABLE DATA" || desc === "SEQUENCE SET" || desc === "BLOBS";
  return isData ? hasData || desc === "TABLE DATA" : defn.trim() !== "" && !setsOwner.test(firstOf(defn));
}

function firstOf(defn: string): string {
  return defn.trimStart().split(";\n", 1)[0] ?? "";
}
