import { identityOf } from "../fingerprint.ts";
import type { TableContent } from "../fingerprint.ts";
import type { ArchiveEntry } from "./archive.ts";
import { readCopyTarget } from "./sql-text.ts";

/** In which order the archive's COPY blocks hold each table's columns; not of scripts, which say it before each block only. */
export function columnOrdersOf(
  entries: readonly ArchiveEntry[],
): readonly Pick<TableContent, "table" | "columns">[] {
  return entries.flatMap((entry) => {
    const target = entry.copyStmt === "" ? null : readCopyTarget(entry.copyStmt);
    return target === null ? [] : [{ table: identityOf(...target.parts), columns: target.columns }];
  });
}
