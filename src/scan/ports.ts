import type { Facts } from "./facts.ts";
import type { Prefilter } from "./files/has-candidate.ts";
import type { ListedFile, Listing } from "./files/listing.ts";
import type { UnparsedFile } from "./finding.ts";
import type { Lines } from "./lines.ts";
import type { Judges } from "./meaning/judges.ts";
import type { Baseline } from "./policy/baseline.ts";
import type { LineRange } from "./policy/covered-lines.ts";

/** What one file gave. */
export type FileReading =
  | { readonly is: "facts"; readonly facts: Facts; readonly lines: number }
  /** The prefilter refused it, or nothing in it is of a language that destroys. */
  | { readonly is: "nothing"; readonly lines: number }
  | { readonly is: "skipped"; readonly as: "binary" | "documents" }
  /** It may destroy, and nothing here reads its language. */
  | { readonly is: "unsupported"; readonly language: string; readonly lines: number }
  | { readonly is: "unparsed"; readonly file: UnparsedFile };

/** The tree that is scanned. */
export interface Tree {
  list(): Listing;
  /** Reads one file; what it holds is parsed only when the prefilter lets it pass. */
  read(file: ListedFile): Promise<FileReading> | FileReading;
  /** Reads it for its calls and names: parses it when it holds what is wanted, whatever else. Null when it does not. */
  readWanted(file: ListedFile, isWanted: Prefilter): Promise<FileReading | null>;
  /** The lines of a file by its path. Of one that went away since, none. */
  lines(path: string): Lines;
  /** What a configuration file says, by its absolute path; null when there is none. It need not be of the listing. */
  readText(absolute: string): string | null;
  /** Keeps what was learnt for the next run; `problem` says why when it cannot. Null without a cache. */
  save(): { readonly hits: number; readonly misses: number; readonly problem: string | null } | null;
}

/** What a branch changed since it left a commit. */
export interface OlderTree {
  /** The tree as it was: files that did not change are those of now. Paths are those that files have now. */
  readonly tree: Tree;
  /** The commit that it is of. */
  readonly base: string;
  readonly addedLines: ReadonlyMap<string, readonly LineRange[]>;
}

export interface ScanPorts {
  readonly tree: Tree;
  judges(): Promise<Judges>;
  /** Throws `OpsError` when git is not here, or knows no such commit. */
  openOlderTree(ref: string, signal: AbortSignal): Promise<OlderTree>;
  /** Null when there is no such file. */
  readBaseline(path: string): Promise<Baseline | null>;
  writeBaseline(path: string, baseline: Baseline): Promise<void>;
}
