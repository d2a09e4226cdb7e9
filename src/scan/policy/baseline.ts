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

function isBaselined({ rule }: ToldFinding): boolean {
  return !rule.startsWith("suppression-") && rule !== "nothing-sanctioned";
}

/** By rule, path, function, text, in the order of code points: a merge of two branches that mend different things has no conflict. */
function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
