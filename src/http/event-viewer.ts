import type { HubLimits, SentEvent } from "./event-hub.ts";

export interface Viewer {
  readonly stream: ReadableStream<Uint8Array>;
  /** Never waits. */
  push(event: SentEvent): void;
  /** The stream ends after what waits. */
  end(): void;
}

interface ViewerOptions extends Pick<HubLimits, "queue" | "heartbeatMs"> {
  /** Goes out first, whatever the limit. */
  readonly greeting: readonly string[];
  readonly signal: AbortSignal;
  readonly onClosed: () => void;
}

/** One viewer's stream: pulled as fast as its connection takes it, with at most `queue` events waiting. */
export function openViewer(
  wants: (event: SentEvent) => boolean,
  { queue, heartbeatMs, greeting, signal, onClosed }: ViewerOptions,
): Viewer {
  const greetings = [...greeting];
  const waiting: string[] = [];
  const encoder = new TextEncoder();
  let lost = 0;
  let isEnded = false;
  let wake = Promise.withResolvers<void>();

  const end = (): void => {
    isEnded = true;
    wake.resolve();
  };
  const close = (): void => {
    greetings.length = 0;
    waiting.length = 0;
    lost = 0;
    signal.removeEventListener("abort", close);
    end();
    onClosed();
  };
  signal.addEventListener("abort", close, { once: true });

  const next = (): string | undefined => {
    const text = greetings.shift() ?? waiting.shift();
    if (text !== undefined || lost === 0) return text;
    const count = lost;
    lost = 0;
    return `event: lost\ndata: ${JSON.stringify({ count, why: "this viewer was too slow" })}\n\n`;
  };

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let text = next();
        if (text === undefined && !isEnded) {
          const { promise, resolve } = Promise.withResolvers<void>();
          const timer = setTimeout(resolve, heartbeatMs);
          await Promise.race([wake.promise, promise]);
          clearTimeout(timer);
          wake = Promise.withResolvers<void>();
          text = next() ?? (isEnded ? undefined : ": heartbeat\n\n");
        }
        if (text !== undefined) controller.enqueue(encoder.encode(text));
        else {
          close();
          controller.close();
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );

  return {
    stream,
    push(event) {
      if (isEnded || !wants(event)) return;
      if (waiting.length >= queue || lost > 0) lost += 1;
      else waiting.push(event.text);
      wake.resolve();
    },
    end,
  };
}
