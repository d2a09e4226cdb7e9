import { join } from "node:path";
import { watchPorts } from "../../src/chain/watch/adapters/watch-ports.ts";
import type { WatchEvent, WatchOutcome } from "../../src/chain/watch/events.ts";
import { parseWatchInput } from "../../src/chain/watch/input.ts";
import type { WatchedChain, WatchPorts } from "../../src/chain/watch/ports.ts";
import { runWatch } from "../../src/chain/watch/run.ts";
import { initialStatus } from "../../src/chain/watch/status.ts";
import type { WatchStatus } from "../../src/chain/watch/status.ts";

type EventOf<Type extends WatchEvent["type"]> = Extract<WatchEvent, { type: Type }>;

/** A watch in this process, on a clock that moves only as it waits: an hour of watching takes as long as its readings. */
export interface Watching extends AsyncDisposable {
  /** Goes on until an event of this type, and gives it; the events before it are in `seen`. */
  until<Type extends WatchEvent["type"]>(type: Type): Promise<EventOf<Type>>;
  /** Goes on for so long on its own clock. */
  pass(ms: number): Promise<void>;
  /** Goes on to its end. */
  verdict(): Promise<WatchOutcome>;
  readonly seen: WatchEvent[];
  status(): WatchStatus;
  /** Its own clock, in milliseconds. */
  now(): number;
  /** Sets its clock back, or ahead. */
  turnClock(ms: number): void;
  interrupt(): void;
}

interface WatchingOptions {
  readonly dbUrl: string;
  readonly folder: string;
  readonly startMs?: number;
  readonly given?: Partial<Parameters<typeof parseWatchInput>[0]>;
  /** How long a reading of everything takes by its clock. */
  readonly tookMs?: number;
  /** What others do while it rests. */
  readonly meanwhile?: () => Promise<void>;
}

const mostEvents = 2000;

export function watching({
  dbUrl,
  folder,
  startMs = 0,
  given,
  tookMs = 0,
  meanwhile = async () => undefined,
}: WatchingOptions): Watching {
  const controller = new AbortController();
  const input = parseWatchInput({
    dbUrl,
    schema: null,
    profile: null,
    interval: "10m",
    fullEvery: "6h",
    onceBroken: "alarm",
    checkpoints: [],
    publicKeys: [],
    policy: null,
    listen: null,
    ...given,
  });
  const world = { env: { HOME: "/nonexistent" }, cwd: folder, signal: controller.signal };
  let now = Date.parse("2026-01-01T00:00:00Z") + startMs;
  let status = initialStatus(input.interval);
  const publish = (next: WatchStatus): void => void (status = next);
  const real = watchPorts(input, {
    ...world,
    stateDir: folder,
    folder: join(folder, "watch"),
    board: { publish },
  });
  const ports: WatchPorts = {
    ...real,
    async connect(onNotice) {
      const chain = await real.connect(onNotice);
      const read: WatchedChain["read"] = async (request, onProgress) => {
        if (request.since === null) now += tookMs;
        return await chain.read(request, onProgress);
      };
      return { ...chain, read };
    },
    clock: {
      now: () => now,
      async wait(ms, signal) {
        await new Promise((resolve) => setImmediate(resolve));
        await meanwhile();
        if (!signal.aborted) now += ms;
      },
    },
  };
  const run = runWatch(input, ports, controller.signal);
  const seen: WatchEvent[] = [];
  const next = async (): Promise<WatchEvent> => {
    const step = await run.next();
    if (step.done) throw new Error(`the watch ended: ${step.value}`);
    seen.push(step.value);
    if (seen.length > mostEvents)
      throw new Error(
        `nothing came: ${seen
          .slice(-5)
          .map((each) => each.type)
          .join(", ")}`,
      );
    return step.value;
  };
  return {
    async until(type) {
      for (;;) {
        const event = await next();
        if (event.type === type) return event as EventOf<typeof type>;
      }
    },
    async pass(ms) {
      const end = now + ms;
      while (now < end) await next();
    },
    async verdict() {
      for (;;) {
        const step = await run.next();
        if (step.done) return step.value;
        seen.push(step.value);
      }
    },
    seen,
    status: () => status,
    now: () => now,
    turnClock: (ms) => void (now += ms),
    interrupt: () => controller.abort(),
    async [Symbol.asyncDispose]() {
      await run.return("not-verified");
      await real[Symbol.asyncDispose]();
    },
  };
}

/** `class@position` of the findings that were told and not taken back. */
export function toldFindings(seen: readonly WatchEvent[]): readonly string[] {
  const standing = new Set<string>();
  for (const event of seen) {
    if (event.type === "finding-made") standing.add(`${event.finding.class}@${event.finding.position}`);
    if (event.type === "finding-gone") standing.delete(`${event.finding.class}@${event.finding.position}`);
  }
  return [...standing];
}
