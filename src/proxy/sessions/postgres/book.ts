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
  /** What it may mean to a message of this cycle; `unknown` where nobody prepared it here. */
  statement(name: string, cycle: number): readonly Meaning[] | "unknown";
  /** Whether it means nothing to anybody, until it is prepared anew. */
  isHarmless(name: string): boolean;
  bind(portal: string, meanings: readonly Meaning[], cycle: number): void;
  closePortal(portal: string, cycle: number): void;
  portal(name: string, cycle: number): readonly Meaning[];
  /** Grows whenever a name that means nothing may mean something. */
  changes(): number;
  /** Whether any portal matters: if not, an Execute need not be read. */
  hasPortals(): boolean;
  /** The server has answered a cycle. */
  answered(cycle: number, hasFailed: boolean): void;
}

interface Entry<Meaning> {
  meanings: readonly Meaning[];
  /** What it means once these cycles were answered without an error; null: closed. */
  readonly next: { readonly cycle: number; readonly meanings: readonly Meaning[] | null }[];
}

/** Beyond so many names nothing more is remembered, and what is not remembered is unknown. */
const mostNames = 16_384;

const nothing: readonly never[] = [];

export function createBook<Meaning>(): Book<Meaning> {
  /** Names that mean nothing, and nothing is pending for; nearly all. */
  const harmless = new Set<string>([]);
  const statements = new Map<string, Entry<Meaning>>();
  const portals = new Map<string, Entry<Meaning>>();
  let pending = 0;
  let changes = 0;

  function put(
    entries: Map<string, Entry<Meaning>>,
    name: string,
    meanings: readonly Meaning[] | null,
    cycle: number,
  ): void {
    const entry = entries.get(name) ?? { meanings: nothing, next: [] };
    entry.next.push({ cycle, meanings });
    pending += 1;
    changes += 1;
    entries.set(name, entry);
  }

  function settle(entries: Map<string, Entry<Meaning>>, cycle: number, hasFailed: boolean): void {
    for (const [name, entry] of entries) {
      while (entry.next[0] !== undefined && entry.next[0].cycle <= cycle) {
        const [{ meanings }] = [entry.next[0]];
        entry.next.shift();
        pending -= 1;
        // What may have happened or not leaves both behind.
        if (hasFailed) entry.meanings = [...entry.meanings, ...(meanings ?? nothing)].slice(-mostMeanings);
        else entry.meanings = meanings ?? nothing;
      }
      if (entry.next.length > 0 || entry.meanings.length > 0) continue;
      entries.delete(name);
      if (entries === statements && harmless.size < mostNames) harmless.add(name);
    }
  }

  return {
    prepare(name, meaning, cycle) {
      if (meaning === null && !statements.has(name)) {
        if (harmless.size < mostNames) harmless.add(name);
        return;
      }
      harmless.delete(name);
      put(statements, name, meaning === null ? nothing : [meaning], cycle);
    },
    close(name, cycle) {
      for (const each of name === null ? [...statements.keys()] : [name])
        if (statements.has(each)) put(statements, each, null, cycle);
    },
    statement(name, cycle) {
      if (harmless.has(name)) return nothing;
      const entry = statements.get(name);
      return entry === undefined ? "unknown" : meaningsOf(entry, cycle);
    },
    isHarmless: (name) => harmless.has(name),
    bind(portal, meanings, cycle) {
      if (meanings.length > 0 || portals.has(portal)) put(portals, portal, meanings, cycle);
    },
    closePortal(portal, cycle) {
      if (portals.has(portal)) put(portals, portal, null, cycle);
    },
    portal(name, cycle) {
      const entry = portals.get(name);
      return entry === undefined ? nothing : meaningsOf(entry, cycle);
    },
    changes: () => changes,
    hasPortals: () => portals.size > 0,
    answered(cycle, hasFailed) {
      if (pending === 0) return;
      settle(statements, cycle, hasFailed);
      settle(portals, cycle, hasFailed);
    },
  };
}

/** Failed cycles leave what they may have done behind: of the same name, the latest few. */
const mostMeanings = 16;

/** An error that skips what changed a name earlier in this very cycle skips whoever asks, too: of that only the last counts. */
function meaningsOf<Meaning>(entry: Entry<Meaning>, now: number): readonly Meaning[] {
  let { meanings } = entry;
  for (const next of entry.next) {
    const changed = next.meanings ?? nothing;
    meanings = next.cycle === now ? changed : [...meanings, ...changed];
  }
  return meanings;
}
