import { OpsError } from "../errors.ts";
import { step } from "../run/step.ts";
import { byPlace } from "./by-place.ts";
import { frameOf } from "./code-frame.ts";
import type { CodeFrame } from "./code-frame.ts";
import { throwIfInterrupted } from "../run/interrupt.ts";
import type { ScanEvent, ScanVerdict } from "./events.ts";
import { commentsOf } from "./facts.ts";
import type { FileFacts } from "./facts.ts";
import type { Followed } from "./follow.ts";
import type { Severity } from "../config/scan-rules.ts";
import type { Finding } from "./finding.ts";
import type { ScanInput } from "./input.ts";
import { addFingerprints } from "./policy/fingerprint.ts";
import { applyBaseline, nextBaseline } from "./policy/baseline.ts";
import { applySuppressions } from "./policy/apply-suppressions.ts";
import { followsCalls } from "./policy/follows-calls.ts";
import { findingsSince } from "./policy/since.ts";
import { severityOf } from "./policy/read-policy.ts";
import { readSuppressions } from "./policy/read-suppressions.ts";
import type { ScanPorts, Tree } from "./ports.ts";
import { readTree } from "./read-tree.ts";
import type { ReadTree } from "./read-tree.ts";
import { judgeResult } from "./result.ts";
import type { Told, ToldFinding } from "./tell-findings.ts";

/** Reads a tree, follows what destroys, and holds it against the policy. */
export async function* runScan(
  input: ScanInput,
  ports: ScanPorts,
  signal: AbortSignal,
): AsyncGenerator<ScanEvent, ScanVerdict> {
  const { read, files, told: all } = yield* scanTree(input, ports, ports.tree, signal);
  const told = input.isPartial ? withoutAbsences(all) : all;
  yield { type: "tree-read", counts: read.counts };
  const unparsed = [...read.unparsed, ...told.unparsed];
  for (const file of unparsed) yield { type: "file-unparsed", file };
  for (const site of told.sanctioned) yield { type: "site-sanctioned", site };
  for (const note of told.notes) yield { type: "noted", message: note };

  const { findings: left, suppressed } = withoutAllowed(told, files, ports.tree, input);
  for (const finding of finish(suppressed, input)) yield { type: "finding-suppressed", finding };
  const serious = left.filter(({ rule }) => severityOf(rule, input.policy) !== null);
  const added =
    input.since === null ? serious : yield* addedSince(input.since, serious, input, ports, signal);
  const open = yield* withoutBaseline(added, input, ports);
  const findings: readonly Finding[] = finish(open.toSorted(byPlace), input);
  for (const finding of findings)
    yield { type: "finding-made", finding, frame: frameAt(finding, ports.tree) };
  const kept = ports.tree.save();
  if (kept !== null) {
    yield { type: "cache-used", hits: kept.hits, misses: kept.misses };
    if (kept.problem !== null)
      yield { type: "noted", message: `what was learnt is not kept for the next run: ${kept.problem}` };
  }
  return judgeResult({ findings, unparsed, isUnparsedAllowed: input.isUnparsedAllowed });
}

function frameAt(finding: Finding, tree: Tree): CodeFrame | null {
  const lines = tree.lines(finding.path);
  return finding.line > lines.count || lines.text(finding.line) === "" ? null : frameOf(lines, finding);
}

/** What the comments of a tree do not allow, with what is wrong with the comments themselves. */
function withoutAllowed(
  told: Told,
  files: readonly FileFacts[],
  tree: Tree,
  { nowMs, isPartial }: ScanInput,
): ReturnType<typeof applySuppressions> {
  const comments = new Map(
    files.flatMap(({ path, facts }) => {
      const own = commentsOf(facts);
      return own.length === 0 ? [] : [[path, readSuppressions(own, tree.lines(path))] as const];
    }),
  );
  return applySuppressions(told.findings, comments, { nowMs, reportsUnused: !isPartial });
}

/** Of a part of a tree it cannot be said what the whole has not. */
function withoutAbsences(told: Told): Told {
  const isAbsence = ({ rule, path, line }: ToldFinding): boolean =>
    rule === "nothing-sanctioned" || (rule === "chokepoint-ambiguous" && line === 1 && /\.ya?ml$/.test(path));
  return { ...told, findings: told.findings.filter((each) => !isAbsence(each)), notes: [] };
}

interface Scanned extends Followed {
  readonly read: ReadTree;
}

async function* scanTree(
  input: ScanInput,
  ports: ScanPorts,
  tree: Tree,
  signal: AbortSignal,
): AsyncGenerator<ScanEvent, Scanned> {
  const listing = yield* step("list", "List the files", () => Promise.resolve(tree.list()), {
    describe: ({ files }) => counted(files.length, "file"),
  });
  throwIfInterrupted(signal);
  const read = yield* step("read", "Read them", (progress) => readTree(tree, listing, progress, signal), {
    unit: "files",
    describe: ({ counts, unparsed }) =>
      `${counted(counts.lines, "line")}; ${counted(counts.parsed, "file")} may destroy${unparsed.length === 0 ? "" : `; ${unparsed.length} not understood`}`,
  });
  const followed = yield* step(
    "follow",
    "Follow what destroys",
    async () => {
      // A commit seldom holds what may destroy: only then is loaded what understands it.
      if (!mayFind(read, input)) return nothingFound;
      const { follow } = await import("./follow.ts");
      return follow(input, ports, tree, read, signal);
    },
    {
      describe: ({ told: { findings, sanctioned } }) =>
        `${findings.length} found${sanctioned.length === 0 ? "" : `, ${sanctioned.length} sanctioned`}`,
    },
  );
  return { read, ...followed };
}

const nothingFound: Followed = {
  files: [],
  told: { findings: [], sanctioned: [], notes: [], unparsed: [] },
};

/** A policy is to be met by what there is, were it nothing. */
function mayFind({ files }: ReadTree, { policy }: ScanInput): boolean {
  return files.length > 0 || followsCalls(policy);
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

async function* addedSince(
  ref: string,
  findings: readonly ToldFinding[],
  input: ScanInput,
  ports: ScanPorts,
  signal: AbortSignal,
): AsyncGenerator<ScanEvent, readonly ToldFinding[]> {
  const older = yield* step("since", `See what ${ref} had`, () => ports.openOlderTree(ref, signal));
  yield { type: "older-tree-read", ref, base: older.base };
  const { told, files } = yield* scanTree(input, ports, older.tree, signal);
  const { findings: before } = withoutAllowed(told, files, older.tree, input);
  return findingsSince(findings, before, older.addedLines);
}

async function* withoutBaseline(
  findings: readonly ToldFinding[],
  input: ScanInput,
  ports: ScanPorts,
): AsyncGenerator<ScanEvent, readonly ToldFinding[]> {
  const { prefix, writeBaseline: target } = input;
  const path = target ?? input.baseline;
  if (path === null) return findings;
  const before = await ports.readBaseline(path);
  const next = target === null ? null : nextBaseline(findings, before, prefix);
  if (next !== null) await ports.writeBaseline(path, next);
  const baseline = next ?? before;
  if (baseline === null) {
    throw new OpsError(
      "file-unreadable",
      `there is no baseline at ${path}`,
      "write one with --write-baseline, or leave --baseline out",
    );
  }
  const { findings: left, known, stale } = applyBaseline(findings, baseline, prefix);
  const written = next === null ? null : next.entries.length;
  yield { type: "baseline-applied", baseline: { path, known: known.length, stale, written } };
  const suppressed = known.map((finding) => ({ ...finding, suppression: { by: "baseline" } as const }));
  for (const finding of finish(suppressed, input)) yield { type: "finding-suppressed", finding };
  return left;
}

/** Gives findings their severities and fingerprints. */
function finish<T extends ToldFinding>(
  findings: readonly T[],
  { policy, prefix }: ScanInput,
): readonly (T & { readonly severity: Severity; readonly fingerprint: string })[] {
  return addFingerprints(findings, prefix).map((finding) => ({
    ...finding,
    severity: severityOf(finding.rule, policy) ?? "note",
  }));
}
