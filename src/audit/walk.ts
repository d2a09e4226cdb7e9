import type { BinaryRow } from "../postgres/copy-binary.ts";
import type { FindingCollector } from "./finding.ts";
import type { MerkleFrontier } from "./merkle/frontier.ts";
import { textField } from "./row-bytes.ts";
import type { RowCheck } from "./row-check.ts";
import type { Waypoints } from "./waypoints.ts";

/** A link that leads nowhere near: what it is can be said only when it is known whether any row has that hash. */
export interface BrokenLink {
  readonly position: number;
  readonly id: string;
  /** Null when the row has no prev_hash (NULL, or no hash at all). */
  readonly previous: Uint8Array | null;
  /** Whether the row's prev_hash is what only the first row may have. */
  readonly isGenesis: boolean;
  readonly detail: string;
}

export interface WalkContext {
  readonly check: RowCheck;
  readonly findings: FindingCollector;
  readonly frontier: MerkleFrontier;
  /** How many rows were pruned: positions count from there. */
  readonly start: number;
  /** The prev_hash that the first row must have; `unknown` when the head that would say so is missing. */
  readonly genesis: Uint8Array | "none" | "unknown";
  /** At most so many broken links are kept for a later answer. */
  readonly limit: number;
  readonly waypoints: Waypoints;
}

/** Takes the rows in the order in which they are read and judges content and link of each, apart. */
export interface Walk {
  onRow(row: BinaryRow): void;
  /** To be called once, after the last row. */
  finish(): void;
  /** Rows read. */
  rows(): number;
  /** Rows that are links of the chain, pruned ones included: without those that never were linked. */
  size(): number;
  /** The newest row of the chain; null when there is none. */
  last(): { readonly hash: Uint8Array; readonly seq: number | null } | null;
  /** The hashes that no later row follows: one in a whole chain. */
  ends(): readonly Uint8Array[];
  brokenLinks(): readonly BrokenLink[];
  /** Rows whose digest columns were erased. */
  erased(): number;
}

/** Judges the content of `row`, which `check` has just read. */
export function judgeContent(context: WalkContext, position: number, row: BinaryRow): void {
  const { idField, verdict } = context.check;
  if (!verdict.isDigestRight) {
    context.findings.add({
      class: "details-altered",
      position,
      id: textField(row, idField),
      detail: "details do not give details_hash",
    });
  }
  if (verdict.isContentRight) return;
  context.findings.add({
    class: "altered",
    position,
    id: textField(row, idField),
    detail: verdict.hasStored
      ? "the content does not give the row_hash that the row has"
      : "row_hash is NULL or no hash",
  });
}
