import { foreignName } from "../../../wire/postgres/text.ts";
import { createShelf, mostNames } from "./shelf.ts";
import type { Unsettled } from "./unsettled.ts";

/**
 * The prepared statements and portals of a session, by name, with what running them would destroy. Names of the wire and of SQL's PREPARE are
 * one space. What replaces or closes one counts only once the server has answered the cycle that it came in without an error: what an
 * earlier error skipped never happened (PostgreSQL documentation, "Pipelining"). Until then either may be what the server has, and both count.
 */
export interface Book<Meaning> {
  /** A statement is prepared under a name, in cycle `cycle`. */
  prepare(name: string, meaning: Meaning | null, cycle: number): void;
  /** It is closed; null: all are. */
  close(name: string | null, cycle: number): void;
  /** What it may mean to a message of this cycle; `unknown` where nobody prepared it here, or more than is remembered. */
  statement(name: string, cycle: number): readonly Meaning[] | "unknown";
  /** Whether nobody prepared it here, for certain: the server has no such statement. */
  isAbsent(name: string): boolean;
  /** Whether it means nothing to anybody, until it is prepared anew. */
  isHarmless(name: string): boolean;
  bind(portal: string, meanings: readonly Meaning[], cycle: number): void;
  closePortal(portal: string, cycle: number): void;
  portal(name: string, cycle: number): readonly Meaning[] | "unknown";
  /** The server has answered a cycle. */
  answered(cycle: number, hasFailed: boolean): void;
}

const nothing: readonly never[] = [];

export function createBook<Meaning>(unsettled: Unsettled): Book<Meaning> {
  /** Names that mean nothing, and nothing is pending for; nearly all. */
  const harmless = new Set<string>();
  const statements = createShelf<Meaning>();
  const portals = createShelf<Meaning>();

  /** Once a name was forgotten, one that is new here may be an old one to the server, which then replaces nothing. */
  function isNothing(name: string): void {
    if (harmless.size < mostNames && !statements.isFull()) harmless.add(name);
  }

  function count(): void {
    unsettled.names = statements.unsettled() + portals.unsettled();
    unsettled.portals = portals.isFull() ? mostNames : portals.size();
  }

  return {
    prepare(name, meaning, cycle) {
      if (meaning === null && !statements.has(name)) return isNothing(name);
      harmless.delete(name);
      unsettled.changes += 1;
      statements.put(name, meaning === null ? nothing : [meaning], cycle);
      count();
    },
    close(name, cycle) {
      for (const each of name === null ? statements.names() : [name])
        if (statements.has(each)) statements.put(each, nothing, cycle);
      count();
    },
    statement(name, cycle) {
      if (harmless.has(name)) return nothing;
      return statements.has(name) ? statements.meanings(name, cycle) : "unknown";
    },
    isAbsent: (name) => !harmless.has(name) && !statements.has(name) && !statements.isFull(),
    isHarmless: (name) => harmless.has(name),
    bind(portal, meanings, cycle) {
      if (meanings.length === 0 && !portals.has(portal)) return;
      unsettled.changes += 1;
      portals.put(portal, meanings, cycle);
      count();
    },
    closePortal(portal, cycle) {
      if (portals.has(portal)) portals.put(portal, nothing, cycle);
      count();
    },
    portal(name, cycle) {
      if (portals.has(name)) return portals.meanings(name, cycle);
      return portals.isFull() ? "unknown" : nothing;
    },
    answered(cycle, hasFailed) {
      for (const name of statements.settle(cycle, hasFailed)) if (name !== foreignName) isNothing(name);
      portals.settle(cycle, hasFailed);
      count();
    },
  };
}
