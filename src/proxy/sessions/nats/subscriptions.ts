import { matchesSubject } from "../../../wire/nats/match-subject.ts";

/** What a client listens to, as far as custody must know it to answer in the server's place. */
export interface Subscriptions {
  add(subscription: { readonly subject: string; readonly queue: string; readonly sid: string }): void;
  /** `after`: so many messages more; 0: at once. */
  remove(sid: string, after: number): void;
  /** Whether messages of it are counted. */
  isCounted(sid: string): boolean;
  delivered(sid: string): void;
  readonly hasCounted: boolean;
  /** Where a message on this subject would go: every subscription, of a queue group one. */
  find(subject: string): readonly string[];
}

interface Subscription {
  readonly subject: string;
  readonly queue: string;
}

/** Of more than so many the oldest are forgotten: whoever waits on one of those is refused with `-ERR` alone. */
const most = 10_000;

export function openSubscriptions(): Subscriptions {
  const known = new Map<string, Subscription>();
  const counted = new Map<string, number>();
  const forget = (sid: string): void => {
    known.delete(sid);
    counted.delete(sid);
  };
  return {
    add({ subject, queue, sid }) {
      known.set(sid, { subject, queue });
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) forget(oldest);
    },
    remove(sid, after) {
      if (after === 0 || !known.has(sid)) forget(sid);
      else counted.set(sid, after);
    },
    isCounted: (sid) => counted.has(sid),
    delivered(sid) {
      const left = (counted.get(sid) ?? 1) - 1;
      if (left > 0) counted.set(sid, left);
      else forget(sid);
    },
    get hasCounted() {
      return counted.size > 0;
    },
    find(subject) {
      const queues = new Set<string>();
      const found: string[] = [];
      for (const [sid, each] of known) {
        if (!matchesSubject(each.subject, subject)) continue;
        if (each.queue !== "" && queues.has(each.queue)) continue;
        queues.add(each.queue);
        found.push(sid);
      }
      return found;
    },
  };
}
