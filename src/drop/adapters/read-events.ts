/** One server-sent event; `data` is its JSON, undefined where it is none. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
}

/** An event holds one drop; this is far beyond the largest. */
const mostCharacters = 4 * 1024 * 1024;

/**
 * Reads a stream of events (https://html.spec.whatwg.org/multipage/server-sent-events.html), each on lines of its own; comments are
 * heartbeats. Ends with the stream. An answer that is no stream has none.
 */
export async function* readEvents(answer: Response): AsyncGenerator<ServerSentEvent, void> {
  const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (!isStream || answer.body === null) {
    await answer.body?.cancel();
    return;
  }
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    if (rest.length > mostCharacters) throw new Error("an event has no end");
    for (const block of blocks) {
      const event = readBlock(block);
      if (event !== null) yield event;
    }
  }
}

function readBlock(block: string): ServerSentEvent | null {
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
