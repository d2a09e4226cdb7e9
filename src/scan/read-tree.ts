import { createTurns } from "../run/turns.ts";
import type { TreeCounts } from "./events.ts";
import { errorsOf } from "./facts.ts";
import type { FileFacts } from "./facts.ts";
import type { Listing } from "./files/listing.ts";
import type { UnparsedFile } from "./finding.ts";
import type { Tree } from "./ports.ts";

export interface ReadTree {
  readonly listing: Listing;
  readonly files: readonly FileFacts[];
  readonly unparsed: readonly UnparsedFile[];
  readonly counts: TreeCounts;
}

/** Reads all files of a listing, one after the other. */
export async function readTree(
  tree: Tree,
  listing: Listing,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ReadTree> {
  const files: FileFacts[] = [];
  const unparsed: UnparsedFile[] = [...listing.unparsed];
  const unsupported: { readonly path: string; readonly language: string }[] = [];
  const skipped = { ...listing.skipped };
  let lines = 0;
  const turns = createTurns(signal);
  for (const [index, file] of listing.files.entries()) {
    const given = tree.read(file);
    const reading = given instanceof Promise ? await given : given;
    switch (reading.is) {
      case "facts":
        files.push({ path: file.path, facts: reading.facts });
        unparsed.push(...unparsedParts(file.path, reading.facts, tree));
        lines += reading.lines;
        break;
      case "nothing":
        lines += reading.lines;
        break;
      case "skipped":
        skipped[reading.as] += 1;
        break;
      case "unsupported":
        unsupported.push({ path: file.path, language: reading.language });
        lines += reading.lines;
        break;
      case "unparsed":
        unparsed.push(reading.file);
    }
    const turn = turns.take();
    if (turn !== null) {
      progress(index, listing.files.length);
      await turn;
    }
  }
  const { length } = listing.files;
  const counts = {
    files: length,
    lines,
    parsed: files.length,
    skipped,
    unsupported,
    outside: listing.outside,
  };
  return { listing, files, unparsed, counts };
}

/** A file in which the parser gave up somewhere: told once, where it first did. */
export function unparsedParts(path: string, facts: FileFacts["facts"], tree: Tree): readonly UnparsedFile[] {
  const [first, ...others] = errorsOf(facts);
  if (first === undefined) return [];
  const { line } = tree.lines(path).at(first);
  const more =
    others.length === 0 ? "" : `, and at ${others.length} more ${others.length === 1 ? "place" : "places"}`;
  return [{ path, line, reason: "syntax", detail: `the parser gave up at line ${line}${more}` }];
}
