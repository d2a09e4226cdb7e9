import type { Relay } from "./relay.ts";

/**
 * Which session a CancelRequest is for, by the key that the server gave it. One for all listeners of a process. A key that is not known
 * is the server's matter: its session may be in another process.
 */
export interface CancelKeys {
  add(key: string, relay: Pick<Relay, "cancel">): void;
  remove(key: string): void;
  find(key: string): Pick<Relay, "cancel"> | null;
}

export function createCancelKeys(): CancelKeys {
  const relays = new Map<string, Pick<Relay, "cancel">>();
  return {
    add: (key, relay) => void relays.set(key, relay),
    remove: (key) => void relays.delete(key),
    find: (key) => relays.get(key) ?? null,
  };
}
