/** One server-sent event; `data` is its JSON, undefined where it is none. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
}

/** An event holds one drop; this is far beyond the largest. */
const mostCharacters = 4 * 1024 * 1024;

/** Four heartbeats: a server that lost its power says nothing at all. */
const mostSilenceMs = 60_000;

/**
 * Reads a stream of events (https://html.spec.whatwg.org/multipage/server-sent-events.html), each on lines of its own; the comment
 * `heartbeat` is told as an event of that name. Ends with the stream, or when it fell silent. An answer that is no stream has none.
 */
export async function* readEvents(
  answer: Response,
  silenceMs = mostSilenceMs,
): AsyncGenerator<ServerSentEvent, void> {
  const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (!isStream || answer.body === null) {
    await answer.body?.cancel();
    return;
  }
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader, silenceMs);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      if (rest.length > mostCharacters) throw new Error("an event has no end");
      for (const block of blocks) {
        const event = readBlock(block);
        if (event !== null) yield event;
      }
    }
  } finally {
    await reader.cancel();
  }
}

type Chunk =
  | { readonly done: true; readonly value?: undefined }
  | { readonly done: false; readonly value: Uint8Array };

async function withinSilence(
  reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> },
  silenceMs: number,
): Promise<Chunk> {
  const { promise, resolve } = Promise.withResolvers<{ done: true }>();
  const timer = setTimeout(() => resolve({ done: true }), silenceMs);
  try {
    const { done, value } = { value: undefined, ...(await Promise.race([reader.read(), promise])) };
    return done || value === undefined ? { done: true } : { done: false, value };
  } finally {
    clearTimeout(timer);
  }
}

function readBlock(block: string): ServerSentEvent | null {
  if (block === ": heartbeat") return { event: "heartbeat", data: null };
  const fields = block
    .split("\n")
    .filter((line) => !line.startsWith(":"))
    .map((line) => /^(\w+): ?(.*)$/.exec(line));
  const of = (name: string): string[] =>
    fields.flatMap((each) => (each?.[1] === name ? [each[2] ?? ""] : []));
  const data = of("data").join("\n");
  return data === "" ? null : { event: of("event").at(-1) ?? "message", data: parseJson(data) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not of custody: whoever reads the data refuses it.
    return undefined;
  }
}
