import { throwIfInterrupted } from "../run/interrupt.ts";
import { createTurns } from "../run/turns.ts";
import type { AnalysisPolicy, AnalysisPorts } from "./analyse.ts";
import { callersToFollow, destroyingPlaces } from "./calls/callers-to-follow.ts";
import type { FileFacts } from "./facts.ts";
import { givesOn } from "./files/gives-on.ts";
import { createNameFilter } from "./files/has-candidate.ts";
import type { Listing } from "./files/listing.ts";
import type { UnparsedFile } from "./finding.ts";
import { importedBy } from "./modules/imported-by.ts";
import { followsCalls } from "./policy/follows-calls.ts";
import type { Tree } from "./ports.ts";
import { unparsedParts } from "./read-tree.ts";

/** No call goes through more files than this before somebody looks at it. */
const mostRounds = 40;

/**
 * Adds the files that the prefilter refused and that the others need: those that only give names on from one to another, and, where a
 * policy asks for it, those that define what it names, and, round by round, those that call what leads to a destruction.
 */
export async function widen(
  tree: Tree,
  listing: Listing,
  files: readonly FileFacts[],
  policy: AnalysisPolicy,
  ports: AnalysisPorts,
  signal: AbortSignal,
): Promise<Widened> {
  const all = [...files];
  const unparsed: UnparsedFile[] = [];
  const known = new Set(files.map(({ path }) => path));
  const asked = new Set<string>();
  const bridge = createBridge(tree, listing, known, ports, signal);
  all.push(...(await bridge(files)));
  if (!followsCalls(policy)) return { files: all, unparsed };
  const destroying = await destroyingPlaces(all, policy, ports, createTurns(signal));
  for (let round = 0; round < mostRounds; round += 1) {
    throwIfInterrupted(signal);
    const callers = callersToFollow(all, destroying, policy, ports);
    const names = callers.filter((name) => !asked.has(name));
    if (names.length === 0) break;
    for (const name of names) asked.add(name);
    const isNaming = createNameFilter(names);
    const added: FileFacts[] = [];
    for (const file of listing.files) {
      if (known.has(file.path)) continue;
      const reading = await tree.readWanted(file, isNaming);
      throwIfInterrupted(signal);
      if (reading === null) continue;
      known.add(file.path);
      if (reading.is === "unparsed") unparsed.push(reading.file);
      if (reading.is !== "facts") continue;
      added.push({ path: file.path, facts: reading.facts });
      unparsed.push(...unparsedParts(file.path, reading.facts, tree));
    }
    // Of the same files the same names would follow.
    if (added.length === 0) break;
    all.push(...added, ...(await bridge(added)));
  }
  return { files: all, unparsed };
}

interface Widened {
  readonly files: readonly FileFacts[];
  /** Files that name what leads to a destruction, and could not be understood. */
  readonly unparsed: readonly UnparsedFile[];
}

/**
 * From files to those that they import and that give on what others declare, and on from there. Each is looked at once; one that cannot be understood
 * gives on nothing. Adds what it reads to `known`.
 */
function createBridge(
  tree: Tree,
  listing: Listing,
  known: Set<string>,
  { resolveModule }: AnalysisPorts,
  signal: AbortSignal,
): (files: readonly FileFacts[]) => Promise<readonly FileFacts[]> {
  let listed: ReadonlyMap<string, Listing["files"][number]> | undefined;
  const seen = new Set<string>();
  return async (files) => {
    const found: FileFacts[] = [];
    for (let next = files; next.length > 0;) {
      const given: FileFacts[] = [];
      for (const path of importedBy(next, resolveModule)) {
        if (known.has(path) || seen.has(path)) continue;
        seen.add(path);
        listed ??= new Map(listing.files.map((file) => [file.path, file]));
        const file = listed.get(path);
        const isGiving = givesOn(path);
        if (file === undefined || isGiving === null) continue;
        const reading = await tree.readWanted(file, isGiving);
        throwIfInterrupted(signal);
        if (reading?.is !== "facts") continue;
        known.add(path);
        given.push({ path, facts: reading.facts });
      }
      found.push(...given);
      next = given;
    }
    return found;
  };
}
