import { findRepeatedKey } from "./find-repeated-key.ts";
import { Problem } from "./problem.ts";

/** The JSON of a body of at most so many bytes; undefined where there is none. Throws `Problem`: 413, 415, 422. */
export async function readJsonBody(request: Request, mostBytes: number): Promise<unknown> {
  const tooLarge = (): Problem =>
    new Problem("too-large", `a body has at most ${mostBytes} bytes`, { headers: { connection: "close" } });
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(request)) {
    length += chunk.length;
    if (length > mostBytes) throw tooLarge();
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json *(?:;|$)/i.test(type))
    throw new Problem("unsupported-media-type", `the body is ${type === "" ? "of no type" : type}`, {
      headers: { accept: "application/json" },
    });
  const { text, value } = parse(Buffer.concat(chunks));
  const repeated = findRepeatedKey(text);
  if (repeated === null) return value;
  throw new Problem("invalid", `${JSON.stringify(repeated)} stands twice in one object of the body`, {
    members: { errors: [{ in: "body", pointer: "", message: `${JSON.stringify(repeated)} stands twice` }] },
  });
}

function parse(bytes: Uint8Array): { readonly text: string; readonly value: unknown } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    throw new Problem("invalid", "the body is no JSON");
  }
}

/** What cannot be read to its end was broken off, or was no HTTP: nobody is there for an answer, and nothing of custody's is broken. */
async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request.body ?? [];
  } catch {
    throw new Problem("malformed", "the body broke off", { headers: { connection: "close" } });
  }
}
