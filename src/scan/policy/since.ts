import type { LineRange } from "./covered-lines.ts";
import { identityOf, keyOf } from "./fingerprint.ts";
import type { ToldFinding } from "../tell-findings.ts";

/**
 * What a branch adds: of findings that are alike in all but their lines, as many as there are more than before; those first that stand on lines
 * that were added. `before` are the findings of the older tree, with the paths that its files have now.
 */
export function findingsSince<Told extends ToldFinding>(
  findings: readonly Told[],
  before: readonly ToldFinding[],
  added: ReadonlyMap<string, readonly LineRange[]>,
): readonly Told[] {
  const counts = new Map<string, number>();
  for (const finding of before) {
    const key = keyOf(identityOf(finding, ""));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const isAdded = ({ path, line }: ToldFinding): boolean =>
    added.get(path)?.some(({ first, last }) => first <= line && line <= last) ?? false;
  const fresh = new Set<Told>();
  for (const [key, alike] of Map.groupBy(findings, (finding) => keyOf(identityOf(finding, "")))) {
    const more = alike.length - (counts.get(key) ?? 0);
    const ordered = [...alike.filter(isAdded), ...alike.filter((each) => !isAdded(each)).reverse()];
    for (const finding of ordered.slice(0, Math.max(0, more))) fresh.add(finding);
  }
  return findings.filter((finding) => fresh.has(finding));
}
