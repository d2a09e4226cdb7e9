import type { Relay } from "./relay.ts";

/** What became of it: `forward` says that the server is to be asked. */
export type CancelAnswer = ReturnType<Relay["cancel"]>;

/**
 * Which session a CancelRequest is for, by the key that the server gave it. One for all listeners of a process. A key that no process of
 * this custody knows is the server's matter.
 */
export interface CancelKeys {
  add(key: string, relay: Pick<Relay, "cancel">): void;
  remove(key: string): void;
  /** Asks the other processes where no session here has the key. */
  cancel(key: string): CancelAnswer | Promise<CancelAnswer>;
  /** Null: no session of this process has the key. */
  cancelHere(key: string): CancelAnswer | null;
}

/** `elsewhere` asks the other processes; null: none of them has it. Never rejects. */
export function createCancelKeys(
  elsewhere: (key: string) => Promise<CancelAnswer | null> = () => Promise.resolve(null),
): CancelKeys {
  const relays = new Map<string, Pick<Relay, "cancel">>();
  const cancelHere = (key: string): CancelAnswer | null => relays.get(key)?.cancel() ?? null;
  return {
    add: (key, relay) => void relays.set(key, relay),
    remove: (key) => void relays.delete(key),
    cancelHere,
    cancel: (key) => cancelHere(key) ?? elsewhere(key).then((answer) => answer ?? "forward"),
  };
}
