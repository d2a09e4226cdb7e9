import type { StepFact } from "../run/contract.ts";
import type { CodeFrame } from "./code-frame.ts";
import type { Finding, SanctionedSite, SuppressedFinding, UnparsedFile } from "./finding.ts";
import type { SkippedCounts } from "./files/listing.ts";
import type { ScanResult } from "./result.ts";

/** What a reading of the whole tree counted. */
export interface TreeCounts {
  readonly files: number;
  /** Of the files that were read as text. */
  readonly lines: number;
  /** Files that were parsed: the rest holds no word that a destruction needs. */
  readonly parsed: number;
  readonly skipped: SkippedCounts;
  readonly unsupported: readonly { readonly path: string; readonly language: string }[];
  /** Links that lead out of what is scanned. */
  readonly outside: readonly string[];
}

export type ScanEvent =
  | StepFact
  | { readonly type: "tree-read"; readonly counts: TreeCounts }
  | { readonly type: "file-unparsed"; readonly file: UnparsedFile }
  | { readonly type: "site-sanctioned"; readonly site: SanctionedSite }
  /** `frame` is the source around it; null where that is gone. */
  | { readonly type: "finding-made"; readonly finding: Finding; readonly frame: CodeFrame | null }
  | { readonly type: "finding-suppressed"; readonly finding: SuppressedFinding }
  | { readonly type: "older-tree-read"; readonly ref: string; readonly base: string }
  | { readonly type: "baseline-applied"; readonly baseline: NonNullable<ScanResult["baseline"]> }
  | { readonly type: "cache-used"; readonly hits: number; readonly misses: number };

export type { ScanVerdict } from "./result.ts";
