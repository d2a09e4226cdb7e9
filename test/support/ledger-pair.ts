import type { Ledger } from "../../src/chokepoint/ports.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { freshDatabase } from "./cluster.ts";
import { openTestLedger } from "./ledger.ts";
import { createMemoryStore, openMemoryLedger } from "./memory-ledger.ts";

/** Two instances over one store. */
export interface LedgerPair extends AsyncDisposable {
  readonly one: Ledger;
  readonly two: Ledger;
  /** As if the process of the first was killed. */
  killOne(): Promise<void>;
}

export function memoryPair(): Promise<LedgerPair> {
  const store = createMemoryStore();
  return Promise.resolve({
    one: openMemoryLedger(store, "one"),
    two: openMemoryLedger(store, "two"),
    killOne: () => Promise.resolve(void store.alive.delete("one")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

export async function postgresPair(cluster: ScratchCluster): Promise<LedgerPair> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await freshDatabase(cluster));
  const one = await openTestLedger(database.settings, { instanceName: "one" });
  let isOver = false;
  const killOne = async (): Promise<void> => {
    if (!isOver) await one[Symbol.asyncDispose]();
    isOver = true;
  };
  stack.defer(killOne);
  const two = stack.use(await openTestLedger(database.settings, { instanceName: "two" }));
  const owned = stack.move();
  return { one, two, killOne, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
