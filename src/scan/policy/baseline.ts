import { readFileSync } from "node:fs";
import { z } from "zod";
import { OpsError } from "../../errors.ts";
import { writeAtomicFile } from "../../run/atomic-file.ts";
import type { ToldFinding } from "../tell-findings.ts";
import { identityOf, keyOf } from "./fingerprint.ts";
import type { Identity } from "./fingerprint.ts";

/** One known finding, or several that are alike in all but their lines. */
interface BaselineEntry extends Identity {
  readonly count: number;
}

/** What a team knows of and has not mended yet: a file in its repository, which only shrinks. */
export interface Baseline {
  readonly entries: readonly BaselineEntry[];
}

/** What a baseline says to a run. */
export interface BaselineResult<Told> {
  readonly findings: readonly Told[];
  readonly known: readonly Told[];
  /** Entries for which there are fewer findings than they count: mended, or moved to another file. */
  readonly stale: readonly BaselineEntry[];
}

const schema = z.strictObject({
  v: z.literal(1),
  custody: z.literal("scan baseline"),
  findings: z.array(
    z.strictObject({
      rule: z.string(),
      path: z.string(),
      function: z.string(),
      text: z.string(),
      count: z.int().min(1),
    }),
  ),
});

/** Null when there is no such file. Throws `file-unreadable`, and `bad-input` for what is no baseline. */
export function readBaseline(path: string): Baseline | null {
  const source = readText(path);
  if (source === null) return null;
  const parsed = schema.safeParse(parseJson(source));
  if (parsed.success) return { entries: parsed.data.findings };
  const isConflict = /^<{7} /m.test(source);
  const issue = parsed.error.issues[0];
  throw new OpsError(
    "bad-input",
    isConflict
      ? `${path} holds a conflict of a merge`
      : `${path} is no baseline: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "it is no JSON"}`,
    isConflict
      ? "keep the entries of both sides, then run again with --write-baseline, which drops those that fit nothing"
      : "write one with custody scan --write-baseline FILE",
  );
}

/** Parts what a baseline knows from what it does not. Suppressions gone wrong are never known: who writes one mends it. */
export function applyBaseline<Told extends ToldFinding>(
  findings: readonly Told[],
  { entries }: Baseline,
  prefix: string,
): BaselineResult<Told> {
  const open = new Map(entries.map((entry) => [keyOf(entry), entry.count]));
  const left: Told[] = [];
  const known: Told[] = [];
  for (const finding of findings) {
    const key = keyOf(identityOf(finding, prefix));
    const count = open.get(key) ?? 0;
    if (count === 0 || !isBaselined(finding)) left.push(finding);
    else {
      open.set(key, count - 1);
      known.push(finding);
    }
  }
  const stale = entries.flatMap((entry) => {
    const count = open.get(keyOf(entry)) ?? 0;
    return count === 0 ? [] : [{ ...entry, count }];
  });
  return { findings: left, known, stale };
}

/**
 * The baseline to write: of all that is there now when there is none yet, else what is there of the old one. `findings` are those
 * before a baseline was applied.
 */
export function nextBaseline(
  findings: readonly ToldFinding[],
  before: Baseline | null,
  prefix: string,
): Baseline {
  const kept = before === null ? findings : applyBaseline(findings, before, prefix).known;
  const counted = new Map<string, BaselineEntry>();
  for (const finding of kept.filter(isBaselined)) {
    const identity = identityOf(finding, prefix);
    const key = keyOf(identity);
    counted.set(key, { ...identity, count: (counted.get(key)?.count ?? 0) + 1 });
  }
  return { entries: [...counted.entries()].sort(byKey).map(([, entry]) => entry) };
}

/** Throws `file-unwritable`. */
export function writeBaseline(path: string, { entries }: Baseline): void {
  const findings = entries.map(({ rule, path: file, function: name, text, count }) => ({
    rule,
    path: file,
    function: name,
    text,
    count,
  }));
  writeAtomicFile(path, `${JSON.stringify({ v: 1, custody: "scan baseline", findings }, null, 2)}\n`);
}

function isBaselined({ rule }: ToldFinding): boolean {
  return !rule.startsWith("suppression-") && rule !== "nothing-sanctioned";
}

/** By rule, path, function, text, in the order of code points: a merge of two branches that mend different things has no conflict. */
function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError("file-unreadable", `cannot read ${path}: ${why}`, "name another with --baseline", {
      cause,
    });
  }
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
