import { z } from "zod";
import { dropDocumentSchema } from "../../chokepoint/documents/drop-document.ts";
import type { DropDocument } from "../../chokepoint/documents/drop-document.ts";
import { OpsError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import { readEvents } from "./read-events.ts";

interface Following {
  /** How the drop stands now. */
  readonly show: () => Promise<DropDocument>;
  readonly openEvents: () => Promise<Response>;
  readonly signal: AbortSignal;
}

const factSchema = z.object({ drop: dropDocumentSchema });
/** A custody that starts again, a ledger that is away, too many requests. */
const mayPass = new Set<ErrorCode>(["unreachable", "connection-lost", "server-error"]);
const firstPauseMs = 250;
const longestPauseMs = 5000;

/**
 * The drop each time that it moved. A stream is opened before the drop is looked at, so that no move falls between the two; where it
 * breaks, the next one begins the same way. It tells what one instance does: at its heartbeats the drop is looked at again. Ends when
 * the signal fires; throws what asking for the drop throws, but for what may pass.
 */
export async function* followDrop({
  show,
  openEvents,
  signal,
}: Following): AsyncGenerator<DropDocument, void> {
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      const stream = await openEvents();
      await using _stream = { [Symbol.asyncDispose]: () => giveUp(stream) };
      yield withoutTimeline(await show());
      pauseMs = firstPauseMs;
      for await (const { event, data } of readEvents(stream)) {
        const fact = event === "drop" ? factSchema.safeParse(data) : null;
        // Moves that were not shown, or that another instance made, are in how it stands now.
        if (event === "lost" || event === "heartbeat") yield withoutTimeline(await show());
        if (fact?.success === true) yield fact.data.drop;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof OpsError && !mayPass.has(error.code)) throw error;
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Where it was read to its end, or is being read, its reader gives it up. */
async function giveUp({ body }: Response): Promise<void> {
  if (body !== null && !body.locked) await body.cancel();
}

function withoutTimeline(drop: DropDocument): DropDocument {
  return dropDocumentSchema.parse(drop);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = (): void => {
    clearTimeout(timer);
    resolve();
  };
  signal.addEventListener("abort", wake, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", wake));
}
