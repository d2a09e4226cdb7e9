/** Why a text has no lines to read; `line` counts from 1. */
export class LineError extends Error {
  readonly line: number;

  constructor(line: number, why: string) {
    super(why);
    this.name = "LineError";
    this.line = line;
  }
}

const newline = 0x0a;

/**
 * The lines of a stream of bytes, cut anywhere, without their newlines. Every line ends in a newline and is valid UTF-8 of at
 * most `maxBytes`; anything else throws `LineError`. Memory stays at one line and one chunk.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let line = 1;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      if (heldBytes + end - from > maxBytes) throw tooLong();
      const rest = chunk.subarray(from, end);
      const bytes = heldBytes === 0 ? rest : Buffer.concat([...held, rest]);
      held = [];
      heldBytes = 0;
      from = end + 1;
      yield decode(bytes);
      line += 1;
    }
    if (from === chunk.length) continue;
    // A copy: whoever made the chunk may use its bytes again.
    held.push(chunk.slice(from));
    heldBytes += chunk.length - from;
    if (heldBytes > maxBytes) throw tooLong();
  }
  if (heldBytes > 0) throw new LineError(line, "it does not end in a newline: the file was cut off");

  function decode(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch {
      throw new LineError(line, "it is not valid UTF-8");
    }
  }

  function tooLong(): LineError {
    return new LineError(line, `it is longer than ${maxBytes} bytes`);
  }
}
