import type { ScanPolicy } from "./policy/read-policy.ts";

/** What `custody scan` is asked for. Paths are absolute unless they say otherwise. */
export interface ScanInput {
  /** What the paths of findings are relative to. */
  readonly cwd: string;
  readonly policy: ScanPolicy;
  /** Findings that are known; null without. */
  readonly baseline: string | null;
  /** Where the baseline is written to; null when it is only read. */
  readonly writeBaseline: string | null;
  /** Only what was added since the branch left this commit; null for all. */
  readonly since: string | null;
  readonly isUnparsedAllowed: boolean;
  /** Whether files were named one by one, as a hook does: then ways round the chokepoint and unused suppressions cannot be told. */
  readonly isPartial: boolean;
  /** Where the working directory lies below the repository's root: empty, or with `/` at its end. */
  readonly prefix: string;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}
