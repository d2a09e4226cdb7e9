import { Problem } from "./problem.ts";

/** The JSON of a body of at most so many bytes; undefined where there is none. Throws `Problem`: 413, 415, 422. */
export async function readJsonBody(request: Request, mostBytes: number): Promise<unknown> {
  const tooLarge = (): Problem =>
    new Problem("too-large", `a body has at most ${mostBytes} bytes`, { headers: { connection: "close" } });
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
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
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new Problem("invalid", "the body is no JSON");
  }
}
