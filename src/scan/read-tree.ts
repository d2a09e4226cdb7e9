import { createTurns } from "../run/turns.ts";
import type { TreeCounts } from "./events.ts";
import { errorsOf } from "./facts.ts";
import type { FileFacts } from "./facts.ts";
import type { Listing } from "./files/listing.ts";
import type { UnparsedFile } from "./finding.ts";
import type { FileReading, Tree } from "./ports.ts";

export interface ReadTree {
  readonly listing: Listing;
  readonly files: readonly FileFacts[];
  readonly unparsed: readonly UnparsedFile[];
  readonly counts: TreeCounts;
}

/** Files whose content waits for a parser. */
const mostPending = 32;

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
  const take = (path: string, reading: FileReading): void => {
    switch (reading.is) {
      case "facts":
        files.push({ path, facts: reading.facts });
        unparsed.push(...unparsedParts(path, reading.facts, tree));
        lines += reading.lines;
        break;
      case "nothing":
        lines += reading.lines;
        break;
      case "skipped":
        skipped[reading.as] += 1;
        break;
      case "unsupported":
        unsupported.push({ path, language: reading.language });
        lines += reading.lines;
        break;
      case "unparsed":
        unparsed.push(reading.file);
    }
  };
  // While a parser is loaded, the next files are read.
  const pending: { readonly path: string; readonly reading: Promise<FileReading> }[] = [];
  const settle = async (): Promise<void> => {
    for (const { path, reading } of pending.splice(0)) take(path, await reading);
  };
  for (const [index, file] of listing.files.entries()) {
    const reading = tree.read(file);
    if (reading instanceof Promise) {
      // What goes wrong is told when it is settled.
      reading.catch(() => undefined);
      if (pending.push({ path: file.path, reading }) >= mostPending) await settle();
    } else take(file.path, reading);
    const turn = turns.take();
    if (turn !== null) {
      progress(index, listing.files.length);
      await turn;
    }
  }
  await settle();
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
