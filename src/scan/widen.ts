import { throwIfInterrupted } from "../run/interrupt.ts";
import { createTurns } from "../run/turns.ts";
import type { AnalysisPolicy, AnalysisPorts } from "./analyse.ts";
import { callersToFollow } from "./calls/callers-to-follow.ts";
import type { FileFacts } from "./facts.ts";
import type { Listing } from "./files/listing.ts";
import type { UnparsedFile } from "./finding.ts";
import type { Tree } from "./ports.ts";
import { unparsedParts } from "./read-tree.ts";

/** No call goes through more files than this before somebody looks at it. */
const mostRounds = 40;

/**
 * Adds the files that a policy needs and the prefilter refused: those that define what it names, and, round by round, those that call what
 * leads to a destruction.
 */
export async function widen(
  tree: Tree,
  listing: Listing,
  files: readonly FileFacts[],
  policy: AnalysisPolicy,
  ports: AnalysisPorts,
  signal: AbortSignal,
): Promise<Widened> {
  if (policy.chokepoint.length === 0 && policy.sanctioned.length === 0) return { files, unparsed: [] };
  const all = [...files];
  const unparsed: UnparsedFile[] = [];
  const known = new Set(files.map(({ path }) => path));
  const asked = new Set<string>();
  for (let round = 0; round < mostRounds; round += 1) {
    const callers = await callersToFollow(all, policy, ports, createTurns(signal));
    const names = callers.filter((name) => !asked.has(name));
    if (names.length === 0) break;
    for (const name of names) asked.add(name);
    for (const file of listing.files) {
      if (known.has(file.path)) continue;
      const reading = await tree.readNaming(file, names);
      throwIfInterrupted(signal);
      if (reading === null) continue;
      known.add(file.path);
      if (reading.is === "unparsed") unparsed.push(reading.file);
      if (reading.is !== "facts") continue;
      all.push({ path: file.path, facts: reading.facts });
      unparsed.push(...unparsedParts(file.path, reading.facts, tree));
    }
  }
  return { files: all, unparsed };
}

interface Widened {
  readonly files: readonly FileFacts[];
  /** Files that name what leads to a destruction, and could not be understood. */
  readonly unparsed: readonly UnparsedFile[];
}
