import type { Archive } from "../backup/archive/archive.ts";
import type { CatalogObject, Contents } from "../backup/fingerprint.ts";
import type { ArchiveFacts, ChainPhase, ContentFacts } from "./events.ts";
import type { ChainReading } from "../backup/proof/readings.ts";

export function archiveFacts(archive: Archive): ArchiveFacts {
  const { path, format, compression, bytes, sha256, serverVersion, entries } = archive;
  const createdAt = archive.createdAt?.toISOString() ?? null;
  return { path, format, compression, bytes, sha256, createdAt, serverVersion, entries: entries.length };
}

export function chainPhase(phase: "pre" | "post", chain: ChainReading | null): ChainPhase {
  return {
    phase,
    row_count: chain?.rowCount ?? null,
    chain_head_hash: chain?.headHash ?? null,
    first_break_id: chain?.firstBreakId ?? null,
    first_break_pos: chain?.firstBreakPos ?? null,
    verifier_walked: chain?.walked ?? null,
  };
}

export function contentFacts(contents: Contents, objects: readonly CatalogObject[]): ContentFacts {
  return {
    tables: contents.tables.length,
    rows: contents.tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: contents.tables.reduce((sum, table) => sum + table.bytes, 0),
    objects: objects.length,
  };
}

/** `1 row`, `5 000 000 rows`. */
export function showCount(n: number, noun: string): string {
  return `${n.toLocaleString("en-US").replaceAll(",", " ")} ${noun}${n === 1 ? "" : "s"}`;
}

/** `12.3 s`, `4.5 min`, `6.0 h`, `3.2 days`. */
export function showDuration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}
