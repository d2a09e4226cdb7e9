import { foreignName } from "../../../wire/postgres/text.ts";

/** Names of one kind, with what each may mean: what it meant when the server last answered, and what was done to it since. */
export interface Shelf<Meaning> {
  has(name: string): boolean;
  size(): number;
  /** As they are now. */
  names(): readonly string[];
  /** Names whose changes the server has not answered. */
  unsettled(): number;
  /** More names were put than are remembered. */
  isFull(): boolean;
  /** A name means this from a message of this cycle on, if the server gets there. */
  put(name: string, meanings: readonly Meaning[], cycle: number): void;
  meanings(name: string, cycle: number): readonly Meaning[] | "unknown";
  /** The server has answered a cycle; gives the names that mean nothing any more, and are forgotten. */
  settle(cycle: number, hasFailed: boolean): readonly string[];
}

/** Beyond so many names nothing more is remembered. */
export const mostNames = 16_384;
/** Failed cycles leave what they may have done behind: of a name that may mean more than so much, nothing is known. */
const mostMeanings = 16;
/** Cycles that the server has not answered are kept apart up to so many. */
const mostChanges = 64;

/** What a name may mean; null: anything. */
type Meanings<Meaning> = readonly Meaning[] | null;

interface Change<Meaning> {
  readonly cycle: number;
  /** Where all of its cycle was done. */
  readonly meanings: Meanings<Meaning>;
  /** What else it may have meant on the way there. */
  readonly others: Meanings<Meaning>;
}

interface Entry<Meaning> {
  meanings: Meanings<Meaning>;
  changes: readonly Change<Meaning>[];
}

const nothing: readonly never[] = [];

export function createShelf<Meaning>(): Shelf<Meaning> {
  const entries = new Map<string, Entry<Meaning>>();
  /** Names whose changes are not answered yet. */
  const open = new Set<string>();
  let isFull = false;

  function change(entry: Entry<Meaning>, meanings: readonly Meaning[], cycle: number): void {
    const last = entry.changes.at(-1);
    if (last?.cycle === cycle) {
      const others = either(last.others, last.meanings);
      entry.changes = [...entry.changes.slice(0, -1), { cycle, meanings, others }];
    } else if (entry.changes.length < mostChanges)
      entry.changes = [...entry.changes, { cycle, meanings, others: nothing }];
    else {
      // Too many to tell which of them happened: known again once one does that is the last.
      entry.meanings = null;
      entry.changes = [{ cycle, meanings, others: nothing }];
    }
  }

  function settleEntry(entry: Entry<Meaning>, cycle: number, hasFailed: boolean): void {
    let { meanings } = entry;
    let done = 0;
    for (const each of entry.changes) {
      if (each.cycle > cycle) break;
      meanings = hasFailed ? either(either(meanings, each.others), each.meanings) : each.meanings;
      done += 1;
    }
    entry.meanings = meanings;
    entry.changes = entry.changes.slice(done);
  }

  return {
    has: (name) => entries.has(name),
    size: () => entries.size,
    names: () => [...entries.keys()],
    unsettled: () => open.size,
    isFull: () => isFull,
    put(name, meanings, cycle) {
      let entry = entries.get(name);
      if (entry === undefined && entries.size >= mostNames) {
        isFull = true;
        return;
      }
      if (entry === undefined) entries.set(name, (entry = { meanings: nothing, changes: [] }));
      // Many names are this one: what one of them means replaces nothing of what another does.
      if (name === foreignName) entry.meanings = either(entry.meanings, meanings);
      else {
        change(entry, meanings, cycle);
        open.add(name);
      }
    },
    meanings(name, cycle) {
      const entry = entries.get(name);
      let meanings: Meanings<Meaning> = entry?.meanings ?? null;
      // An error that skips what changed a name earlier in this very cycle skips whoever asks, too: of that only the last counts.
      for (const each of entry?.changes ?? nothing)
        meanings =
          each.cycle === cycle ? each.meanings : either(either(meanings, each.others), each.meanings);
      return meanings ?? "unknown";
    },
    settle(cycle, hasFailed) {
      const forgotten: string[] = [];
      for (const name of open) {
        const entry = entries.get(name);
        if (entry === undefined) continue;
        settleEntry(entry, cycle, hasFailed);
        if (entry.changes.length > 0) continue;
        open.delete(name);
        if (entry.meanings === null || entry.meanings.length > 0) continue;
        entries.delete(name);
        forgotten.push(name);
      }
      return forgotten;
    },
  };
}

function either<Meaning>(one: Meanings<Meaning>, other: Meanings<Meaning>): Meanings<Meaning> {
  if (one === null || other === null) return null;
  const more = other.filter((each) => !one.includes(each));
  if (more.length === 0) return one;
  return one.length + more.length > mostMeanings ? null : [...one, ...more];
}
