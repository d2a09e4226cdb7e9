import { resolve } from "node:path";
import type { ScanConfig } from "../../config/load.ts";
import { policyRules } from "../../config/scan-rules.ts";
import type { Severity } from "../../config/scan-rules.ts";
import { destructionKinds, scannedByDefault } from "../../destruction/kinds.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";
import type { RuleId } from "../finding.ts";

/** Functions whose every call is a destruction, whatever is seen of what they do; by its kind. */
export type Destroyers = Readonly<Partial<Record<DestructionKind, readonly string[]>>>;

/** What a scan holds a tree against: the section `scan`, with everything decided. */
export interface ScanPolicy {
  /** What is scanned when the command line names nothing; absolute. Empty: the working directory. */
  readonly paths: readonly string[];
  readonly ignore: { readonly patterns: readonly string[]; readonly folder: string };
  readonly chokepoint: readonly string[];
  readonly sanctioned: readonly string[];
  readonly roots: readonly string[];
  readonly destroys: Destroyers;
  /** What counts. */
  readonly kinds: ReadonlySet<DestructionKind>;
  /** Where it is not `error`. */
  readonly severities: ReadonlyMap<RuleId, Severity | "off">;
  readonly isUnparsedAllowed: boolean;
  /** Absolute. */
  readonly baseline: string | null;
  /** The configuration that it is from, absolute; null without one. */
  readonly file: string | null;
}

/**
 * Decides what counts: the kinds that the policy names, else those of formats.md, and any that it gives a severity of its own; never one
 * that is `off`.
 */
export function readPolicy({ section, file, folder }: ScanConfig): ScanPolicy {
  const severities = new Map<RuleId, Severity | "off">();
  const kinds = new Set<DestructionKind>(section.kinds ?? scannedByDefault);
  for (const rule of policyRules) {
    const severity = section.severities?.[rule];
    if (severity !== undefined) severities.set(rule, severity);
  }
  for (const kind of destructionKinds) {
    const severity = section.severities?.[kind];
    if (severity === undefined) continue;
    severities.set(kind, severity);
    if (severity === "off") kinds.delete(kind);
    else kinds.add(kind);
  }
  return {
    paths: (section.paths ?? []).map((path) => resolve(folder, path)),
    ignore: { patterns: section.ignore ?? [], folder },
    chokepoint: section.chokepoint ?? [],
    sanctioned: section.sanctioned ?? [],
    roots: section.roots ?? [],
    destroys: section.destroys ?? {},
    kinds,
    severities,
    isUnparsedAllowed: section.allow_unparsed ?? false,
    baseline: section.baseline === undefined ? null : resolve(folder, section.baseline),
    file,
  };
}

/** How grave a finding of this rule is; null when it is none. */
export function severityOf(rule: RuleId, { severities }: Pick<ScanPolicy, "severities">): Severity | null {
  const severity = severities.get(rule) ?? "error";
  return severity === "off" ? null : severity;
}
