import { q } from "./messages.ts";
import type { Write } from "./messages.ts";
import type { Client } from "./scene.ts";

/**
 * What is to be found, and what the server makes of it. `drops`: something is gone, and its kind and name were seen; `hidden`: something is gone, and
 * what did it was opaque; `fails`, `undone`, `noops`: seen, and nothing is gone, for the server said no, took it back, or had nothing of that name;
 * `unseen`: something is gone, and nobody saw it, as docs/wire.md says under "What it does not see";
 * `harmless`: nothing seen, nothing gone; `doubtful`: nothing gone, and opaque for who could drop what others own.
 */
export type Verdict = "drops" | "hidden" | "fails" | "undone" | "noops" | "unseen" | "harmless" | "doubtful";

export interface DropCase extends Client {
  readonly name: string;
  readonly verdict: Verdict;
  readonly writes: readonly Write[];
  /** What the session tells of how each sighting ended, where it is not what the verdict says; of `unknown` the catalog says more. */
  readonly ends?: string;
  /** What is told bears another name than what was lost: it was renamed, or nothing names it. */
  readonly isRenamed?: boolean;
}

const of =
  (verdict: Verdict, who: Client["who"]) =>
  (name: string, ...writes: readonly (Write | string)[]): DropCase => ({
    name,
    verdict,
    who,
    writes: (writes.length === 0 ? [name] : writes).map((each) =>
      typeof each === "string" ? q(each) : each,
    ),
  });
export const drops = of("drops", "owner");
export const hidden = of("hidden", "owner");
export const unseen = of("unseen", "owner");
export const fails = of("fails", "owner");
export const undone = of("undone", "owner");
export const noops = of("noops", "owner");
export const harmless = of("harmless", "owner");
export const adminDrops = of("drops", "admin");
export const adminHidden = of("hidden", "admin");
export const adminUnseen = of("unseen", "admin");
export const adminFails = of("fails", "admin");
export const adminUndone = of("undone", "admin");
export const adminNoops = of("noops", "admin");
export const adminHarmless = of("harmless", "admin");
export const doubtful = of("doubtful", "admin");
export const texts = (make: typeof drops, ...all: readonly string[]): DropCase[] =>
  all.map((text) => make(text));
export const unsure = (all: readonly DropCase[]): DropCase[] =>
  all.map((each) => ({ ...each, ends: "unknown" }));
export const renamed = (all: readonly DropCase[]): DropCase[] =>
  all.map((each) => ({ ...each, isRenamed: true }));
/** A text in UTF-8, for messages of one byte a character. */
export const utf8 = (text: string): string => Buffer.from(text).toString("latin1");
export const off = "set standard_conforming_strings = off";
export const body = (text: string): string => `do $$ begin ${text}; end $$`;
