import type { PolicyRule, Severity } from "../config/scan-rules.ts";
import type { DestructionKind } from "../destruction/kinds.ts";
import type { Confidence, Context } from "./site.ts";

/** Every kind of destruction is a rule of the same name. */
export type RuleId = DestructionKind | PolicyRule;

/** How sure an edge of the call graph is: the same file or a resolved import; a type; any that bears the name; kept in a variable or a map. */
export type CallEdge = "exact" | "by-type" | "by-name" | "escaped" | "entry";

/** Lines and columns count from 1, columns in UTF-16 code units. */
export interface Place {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** One step of the way to a destruction: `function` makes the call that stands at this place. */
export interface CallStep extends Place {
  readonly function: string;
  /** How the step before leads to this one; the first is the `entry`. */
  readonly edge: CallEdge;
}

/** One thing wrong, as documents and reports hold it: the names of its fields are a contract (formats.md, section 7). */
export interface Finding extends Place {
  readonly endLine?: number;
  /** The column behind the last character. */
  readonly endColumn?: number;
  /** Null where no destruction is seen: a suppression that suppresses nothing, a policy that fits nothing. */
  readonly kind: DestructionKind | null;
  readonly rule: RuleId;
  /** The qualified name; empty outside of any function. */
  readonly function: string;
  /** Null as `kind` is. */
  readonly context: Context | null;
  readonly confidence: Confidence;
  /** One sentence: what is destroyed, and how it got there. */
  readonly message: string;
  /** What is done, for people: `DROP DATABASE`; empty as `kind` is null. */
  readonly what: string;
  readonly names: readonly string[];
  /** Only errors make the verdict bad. */
  readonly severity: Severity;
  /** From where the program is entered to where it destroys; empty when nothing was followed. */
  readonly call_path: readonly CallStep[];
  /** The same for the same finding after lines were added above it; 32 hexadecimal digits. */
  readonly fingerprint: string;
}

/** Why a finding does not count. */
export type Suppression =
  /** A comment: `custody-allow: <reason> until <day>`. */
  | { readonly by: "comment"; readonly reason: string; readonly until: string; readonly line: number }
  /** The baseline knows it. */
  | { readonly by: "baseline" };

export interface SuppressedFinding extends Finding {
  readonly suppression: Suppression;
}

/** A destruction where the policy allows it. */
export interface SanctionedSite extends Place {
  readonly kind: DestructionKind;
  readonly function: string;
  readonly what: string;
  readonly names: readonly string[];
  /** The entry of the policy that allows it. */
  readonly sanctioned_by: string;
}

/** A file, or a part of it, that nobody can vouch for. */
export interface UnparsedFile {
  readonly path: string;
  /** Where the parser gave up; null when nothing of it was read. */
  readonly line: number | null;
  readonly reason: "unreadable" | "too-large" | "not-text" | "syntax" | "gave-up";
  /** For people: `permission denied`, `a parse took longer than 1 s`. */
  readonly detail: string;
}
