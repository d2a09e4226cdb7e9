/** What a client is subscribed to, counted from the server's confirmations. */
export type SubscriptionKind = "channel" | "pattern" | "shard";

export interface Subscriptions {
  /** `subscribe`, `punsubscribe` and their kin, with the count that stands at their end. */
  note(word: string, total: number): void;
  /** How many confirmations an UNSUBSCRIBE from all of this kind has: one, where there is nothing to leave. */
  answersToLeaving(kind: SubscriptionKind): number;
  readonly isAny: boolean;
  reset(): void;
}

const kinds: ReadonlyMap<string, SubscriptionKind> = new Map([
  ["subscribe", "channel"],
  ["unsubscribe", "channel"],
  ["psubscribe", "pattern"],
  ["punsubscribe", "pattern"],
  ["ssubscribe", "shard"],
  ["sunsubscribe", "shard"],
]);

/** Of a confirmation, or of the command that asks for it, in small letters; null for any other word. */
export function subscriptionKind(word: string): SubscriptionKind | null {
  return kinds.get(word) ?? null;
}

/** A message that was published; it answers no command. */
export function isMessage(word: string): boolean {
  return word === "message" || word === "pmessage" || word === "smessage";
}

/** The server counts channels and patterns together: whichever was asked for has changed when the sum has. */
export function openSubscriptions(): Subscriptions {
  const counts = { channel: 0, pattern: 0, shard: 0 };
  return {
    note(word, total) {
      const kind = subscriptionKind(word);
      if (kind === null || Number.isNaN(total)) return;
      if (kind === "shard") counts.shard = total;
      else counts[kind] = Math.max(0, counts[kind] + total - counts.channel - counts.pattern);
    },
    answersToLeaving: (kind) => Math.max(1, counts[kind]),
    get isAny() {
      return counts.channel + counts.pattern + counts.shard > 0;
    },
    reset() {
      Object.assign(counts, { channel: 0, pattern: 0, shard: 0 });
    },
  };
}
