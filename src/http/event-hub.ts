import { randomBytes } from "node:crypto";
import { describeDrop } from "../chokepoint/documents/drop-document.ts";
import type { DropFact } from "../chokepoint/ports.ts";
import { openViewer } from "./event-viewer.ts";
import type { Viewer } from "./event-viewer.ts";

/** One fact, ready to be sent. */
export interface SentEvent {
  /** Counts from 1 within this start of the server. */
  readonly number: number;
  readonly target: string;
  readonly dropId: string;
  /** As it goes over the wire. */
  readonly text: string;
}

interface Subscription {
  /** Who asks. */
  readonly caller: string;
  readonly wants: (event: SentEvent) => boolean;
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
}

export interface EventHub extends Disposable {
  /** Where there are too many viewers already: whose. */
  subscribe(subscription: Subscription): ReadableStream<Uint8Array> | "too-many" | "too-many-of-caller";
  /** Ends the streams of all that view now: who comes back gets what it missed, as whoever lost its connection. */
  endAll(): void;
}

export interface HubLimits {
  /** Events that one viewer may be behind. */
  readonly queue: number;
  /** Events that are kept for viewers who come back. */
  readonly kept: number;
  readonly viewers: number;
  /** Of these, for each caller: nobody keeps the others from looking. */
  readonly viewersOfCaller: number;
  readonly heartbeatMs: number;
}

/**
 * Tells facts to any number of viewers (https://html.spec.whatwg.org/multipage/server-sent-events.html). Nobody waits for a viewer: one
 * that is too far behind loses events, and is told how many. A viewer that comes back gets what it missed while that is kept; else it
 * is told that it missed something nobody can count.
 */
export function createEventHub(
  follow: (listener: (fact: DropFact) => void) => Disposable,
  limits: HubLimits,
): EventHub {
  // Numbers begin anew with every start: without this, those of another start would be taken for ours.
  const start = randomBytes(6).toString("hex");
  const kept: SentEvent[] = [];
  const viewers = new Map<Viewer, string>();
  let last = 0;
  const following = follow((fact) => {
    last += 1;
    const event = describeFact(fact, last, start);
    kept.push(event);
    if (kept.length > limits.kept) kept.shift();
    for (const viewer of viewers.keys()) viewer.push(event);
  });

  /** What came after the event of this id; null where that is not known any more. */
  const since = (id: string): readonly SentEvent[] | null => {
    const match = /^([0-9a-f]{12})-(\d{1,15})$/.exec(id);
    const number = Number(match?.[2]);
    if (match === null || match[1] !== start || number > last) return null;
    const oldest = kept[0]?.number ?? last + 1;
    return number + 1 < oldest ? null : kept.filter((each) => each.number > number);
  };

  const endAll = (): void => {
    for (const viewer of viewers.keys()) viewer.end();
  };

  return {
    endAll,
    subscribe({ caller, wants, lastEventId, signal }) {
      const own = [...viewers.values()].filter((each) => each === caller).length;
      if (own >= limits.viewersOfCaller) return "too-many-of-caller";
      if (viewers.size >= limits.viewers) return "too-many";
      const missed = lastEventId === null ? [] : since(lastEventId);
      const viewer = openViewer(wants, {
        ...limits,
        greeting: [hello, ...(missed?.filter(wants).map(({ text }) => text) ?? [untold])],
        signal,
        onClosed: () => viewers.delete(viewer),
      });
      viewers.set(viewer, caller);
      return viewer.stream;
    },
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      endAll();
    },
  };
}

const hello = ": custody\nretry: 2000\n\n";
const untold = `event: lost\ndata: ${JSON.stringify({ count: null, why: "what came since Last-Event-ID is not kept any more" })}\n\n`;

function describeFact({ drop, event, at }: DropFact, number: number, start: string): SentEvent {
  const data = JSON.stringify({ event, at: at.toISOString(), drop: describeDrop(drop) });
  return {
    number,
    target: drop.request.target,
    dropId: drop.dropId,
    text: `id: ${start}-${number}\nevent: drop\ndata: ${data}\n\n`,
  };
}
