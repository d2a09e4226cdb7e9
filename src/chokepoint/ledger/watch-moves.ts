import type { Ask } from "./readers.ts";
import type { Tables } from "./tables.ts";

/** Who wants to know of drops that moved, and what they know. */
export interface Moves {
  follow(listener: (dropId: string) => void): Disposable;
  /** A notification: `drop_id version`. */
  notified(payload: string): void;
  /** Finds what no notification told of. */
  poll(ask: Ask): Promise<void>;
}

/** A transaction may become visible so long after the time that it gave its row. */
const slack = "interval '15 seconds'";
const mostKnown = 10_000;

export function createMoves(tables: Tables): Moves {
  const listeners = new Set<(dropId: string) => void>();
  const known = new Map<string, string>();
  let since = "";

  function tell(dropId: string, version: string): void {
    if (known.get(dropId) === version) return;
    known.delete(dropId);
    known.set(dropId, version);
    for (const each of known.keys()) {
      if (known.size <= mostKnown) break;
      known.delete(each);
    }
    for (const listener of listeners) listener(dropId);
  }

  return {
    follow(listener) {
      // Each has an entry of its own, even where two are one function.
      const own = (dropId: string): void => listener(dropId);
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    },
    notified(payload) {
      const [dropId, version] = payload.split(" ");
      if (dropId !== undefined && version !== undefined) tell(dropId, version);
    },
    async poll(ask) {
      const rows = await ask(
        `select d.drop_id, d.version::pg_catalog.text as version, (pg_catalog.clock_timestamp() - ${slack})::pg_catalog.text as next
           from (select) one left join ${tables.drops} d
             on d.updated_at >= coalesce(nullif($1, '')::pg_catalog.timestamptz, pg_catalog.clock_timestamp() - ${slack})`,
        [since],
      );
      for (const { drop_id: dropId, version, next } of rows) {
        if (typeof next === "string") since = next;
        if (typeof dropId === "string" && typeof version === "string") tell(dropId, version);
      }
    },
  };
}
