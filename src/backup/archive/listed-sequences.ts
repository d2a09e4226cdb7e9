import type { SequenceValue } from "../fingerprint.ts";
import type { Archive } from "./archive.ts";
import { readSetval } from "./sql-text.ts";

/**
 * The values that an archive sets its sequences to, from its table of contents alone; null where that does not tell (a plain
 * script has them among its data).
 */
export function listedSequences(archive: Archive): readonly SequenceValue[] | null {
  if (archive.format === "plain") return null;
  const values = archive.entries
    .filter(({ desc }) => desc === "SEQUENCE SET")
    .map(({ defn }) => readSetval(defn.trim()));
  return values.every((value) => value !== null) ? values : null;
}
