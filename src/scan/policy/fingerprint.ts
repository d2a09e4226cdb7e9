import { posix } from "node:path";
import { sha256, toHex } from "../../run/sha256.ts";
import type { ToldFinding } from "../tell-findings.ts";

/** What a finding is, wherever its lines have moved to. */
export interface Identity {
  readonly rule: string;
  /** Relative to the root of the repository, with `/`. */
  readonly path: string;
  readonly function: string;
  readonly text: string;
}

/**
 * The identity of a finding: no line, no column, and of its text only what is destroyed, so that moving, reformatting and commenting change nothing.
 * `prefix` is the working directory below the repository's root: empty, or with `/` at its end.
 */
export function identityOf(finding: ToldFinding, prefix: string): Identity {
  return {
    rule: finding.rule,
    path: posix.normalize(`${prefix}${finding.path}`),
    function: finding.function,
    text: textOf(finding),
  };
}

function textOf(finding: ToldFinding): string {
  if (finding.rule === finding.kind) return `${finding.what} ${finding.names.join(", ")}`.trim();
  // Of a way round, what it enters: which implementation of an interface comes first, and what that one destroys, changes with every new one.
  return (finding.rule === "bypass" ? enteredName(finding) : null) ?? withoutLines(finding.message);
}

/** `Deprovision` of `(*LocalBackend).Deprovision`: the step behind the one that the finding stands at. */
function enteredName({ path, line, column, call_path: steps }: ToldFinding): string | null {
  const at = steps.findLastIndex(
    (each) => each.path === path && each.line === line && each.column === column,
  );
  return steps[at + 1]?.function.split(/[.#:]+/).at(-1) ?? null;
}

/** `db/pool.go:12` says which file; the line may move. */
function withoutLines(message: string): string {
  return message.replaceAll(/:\d+(?::\d+)?/g, "");
}

/** Gives each finding its fingerprint: of two that are alike in everything, in their order, the second has another than the first. */
export function addFingerprints<Told extends ToldFinding>(
  findings: readonly Told[],
  prefix: string,
): readonly (Told & { readonly fingerprint: string })[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const key = keyOf(identityOf(finding, prefix));
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    return { ...finding, fingerprint: fingerprintOf(key, occurrence) };
  });
}

/** The same for all that are alike. */
export function keyOf({ rule, path, function: name, text }: Identity): string {
  return JSON.stringify([rule, path, name, text]);
}

function fingerprintOf(key: string, occurrence: number): string {
  return toHex(sha256(Buffer.from(`custody.scan.v1 ${key} ${occurrence}`))).slice(0, 32);
}
