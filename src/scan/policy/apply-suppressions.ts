import type { Suppression } from "../finding.ts";
import type { ToldFinding } from "../tell-findings.ts";
import { isExpired } from "./read-suppressions.ts";
import type { SuppressionComment } from "./read-suppressions.ts";

interface Applied {
  /** What is left, with what is wrong with the suppressions themselves. */
  readonly findings: readonly ToldFinding[];
  readonly suppressed: readonly (ToldFinding & { readonly suppression: Suppression })[];
}

interface Options {
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /** Whether all was looked at that a suppression may be for: of a few files of a tree, ways round the chokepoint are not seen. */
  readonly reportsUnused: boolean;
}

/**
 * Takes away what comments allow. A comment allows every finding on the lines that it covers; one that is malformed or expired allows none, and is
 * a finding itself, as is one that has nothing to allow. Nobody can allow those.
 */
export function applySuppressions(
  findings: readonly ToldFinding[],
  comments: ReadonlyMap<string, readonly SuppressionComment[]>,
  { nowMs, reportsUnused }: Options,
): Applied {
  const used = new Set<SuppressionComment>();
  const left: ToldFinding[] = [];
  const suppressed: (ToldFinding & { readonly suppression: Suppression })[] = [];
  for (const finding of findings) {
    const comment = comments.get(finding.path)?.find((each) => allows(each, finding, nowMs));
    if (comment?.allows.is !== "valid") {
      left.push(finding);
      continue;
    }
    used.add(comment);
    const { reason, until } = comment.allows;
    suppressed.push({ ...finding, suppression: { by: "comment", reason, until, line: comment.line } });
  }
  for (const [path, each] of comments) {
    for (const comment of each) {
      const problem = problemOf(comment, nowMs, reportsUnused && !used.has(comment));
      if (problem !== null) left.push(tellProblem(path, comment, problem));
    }
  }
  return { findings: left, suppressed };
}

function allows(
  { allows: allowed, covers }: SuppressionComment,
  finding: ToldFinding,
  nowMs: number,
): boolean {
  if (allowed.is !== "valid" || covers === null || isExpired(allowed.until, nowMs)) return false;
  return finding.line <= covers.last && (finding.endLine ?? finding.line) >= covers.first;
}

type Problem = Pick<ToldFinding, "rule" | "message">;

function problemOf(
  { allows: allowed }: SuppressionComment,
  nowMs: number,
  isUnused: boolean,
): Problem | null {
  if (allowed.is === "malformed") {
    return { rule: "suppression-malformed", message: `this suppression allows nothing, ${allowed.why}` };
  }
  const { until, reason } = allowed;
  if (isExpired(until, nowMs)) {
    return { rule: "suppression-expired", message: `this suppression (${reason}) ended with ${until}` };
  }
  return isUnused
    ? { rule: "suppression-unused", message: `this suppression (${reason}) suppresses nothing` }
    : null;
}

function tellProblem(path: string, { line, column }: SuppressionComment, problem: Problem): ToldFinding {
  return {
    path,
    line,
    column,
    endLine: line,
    endColumn: column + "custody-allow".length,
    kind: null,
    ...problem,
    function: "",
    context: null,
    confidence: "high",
    what: "",
    names: [],
    call_path: [],
  };
}
