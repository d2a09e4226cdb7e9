import type { DestructionKind } from "../destruction/kinds.ts";
import type { Finding, SanctionedSite, SuppressedFinding, UnparsedFile } from "./finding.ts";
import type { CodeFrame } from "./code-frame.ts";
import type { SkippedCounts } from "./files/listing.ts";
import type { Identity } from "./policy/fingerprint.ts";
import type { ScanPolicy } from "./policy/read-policy.ts";

export type ScanVerdict = "clean" | "violations" | "incomplete";

/** What a scan came to: all that its report is made of. */
export interface ScanResult {
  /** In the order of their places. */
  readonly findings: readonly Finding[];
  readonly sanctioned: readonly SanctionedSite[];
  /** By comments, and by the baseline. */
  readonly suppressed: readonly SuppressedFinding[];
  readonly unparsed: readonly UnparsedFile[];
  readonly isUnparsedAllowed: boolean;
  /** Files of languages that nothing here reads, and that may destroy something. */
  readonly unsupported: readonly { readonly path: string; readonly language: string }[];
  /** Links that lead out of the tree. */
  readonly outside: readonly string[];
  /** How many files were looked at, and of those how many were parsed, now or in an earlier run. */
  readonly files: number;
  readonly parsed: number;
  /** Of the files that were parsed. */
  readonly lines: number;
  readonly skipped: SkippedCounts;
  readonly notes: readonly string[];
  readonly kinds: readonly DestructionKind[];
  readonly policy: Pick<ScanPolicy, "file" | "chokepoint" | "sanctioned" | "roots" | "destroys">;
  readonly baseline: {
    readonly path: string;
    readonly known: number;
    readonly stale: readonly (Identity & { readonly count: number })[];
    /** How many entries were written; null when none was asked for. */
    readonly written: number | null;
  } | null;
  readonly since: { readonly ref: string; readonly base: string } | null;
  /** Null when it was off. */
  readonly cache: { readonly hits: number; readonly misses: number } | null;
  /** Milliseconds by what took them. */
  readonly timings: Readonly<Record<string, number>>;
  /** The source around findings, by fingerprint. */
  readonly frames: ReadonlyMap<string, CodeFrame>;
}

/** With an error among the findings it is bad, whatever could not be parsed. */
export function judgeResult({
  findings,
  unparsed,
  isUnparsedAllowed,
}: Pick<ScanResult, "findings" | "unparsed" | "isUnparsedAllowed">): ScanVerdict {
  if (findings.some(({ severity }) => severity === "error")) return "violations";
  return unparsed.length > 0 && !isUnparsedAllowed ? "incomplete" : "clean";
}
