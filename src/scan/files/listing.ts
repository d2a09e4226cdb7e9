import type { UnparsedFile } from "../finding.ts";

/** A file to be scanned. */
export interface ListedFile {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly absolute: string;
}

/** What lies in the tree and is not scanned; a folder that is not entered counts once. */
export interface SkippedCounts {
  /** By `.gitignore`, `.git/info/exclude`, or the policy's `ignore`. */
  ignored: number;
  /** Folders `node_modules`. */
  dependencies: number;
  /** Symbolic links: what they lead to is scanned where it lies, if it lies in the tree. */
  links: number;
  /** Pipes, sockets, devices. */
  special: number;
  binary: number;
  documents: number;
}

export interface Listing {
  /** In the order of their paths, each once. */
  readonly files: readonly ListedFile[];
  readonly skipped: SkippedCounts;
  /** Links to folders and files outside of all that is scanned: what is there runs with the program, and was not seen. */
  readonly outside: readonly string[];
  /** Folders that could not be read. */
  readonly unparsed: readonly UnparsedFile[];
}

export interface ListOptions {
  /** Absolute. */
  readonly cwd: string;
  /** As given: files and folders, relative to `cwd`; none is `cwd` itself. */
  readonly paths: readonly string[];
  /** Globs of the policy in the language of `.gitignore`, relative to `folder`. */
  readonly ignore: { readonly patterns: readonly string[]; readonly folder: string };
}
