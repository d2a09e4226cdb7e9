import type { BatchEvent } from "../../audit/append-batch.ts";
import { writerColumns } from "../../audit/writer-columns.ts";
import { OpsError } from "../../errors.ts";
import { LineError, readLines } from "../../run/read-lines.ts";

/** Details of 1 MiB and every other text, most of it escaped; the chain's own limits are smaller. */
const mostLineBytes = 4 * 1024 * 1024;

const known = new Set<string>(writerColumns);
const needed = ["actor", "actor_type", "action", "resource_type", "resource_id"] as const;

/**
 * The events of a batch: JSONL, one object a line, keyed by the columns that a writer gives. Blank lines are passed over.
 * `needsId`: an event without an id is refused. Throws `bad-input` with the number of the line.
 */
export async function* readBatch(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly needsId: boolean },
): AsyncGenerator<BatchEvent, void> {
  let line = 0;
  try {
    for await (const text of readLines(endedByNewline(chunks), mostLineBytes)) {
      line += 1;
      if (text.trim() === "") continue;
      const wrong = judgeLine(text, options.needsId);
      if (wrong !== null) throw new LineError(line, wrong);
      yield { line, json: text };
    }
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new OpsError(
      "bad-input",
      `line ${error.line}: ${error.message}`,
      `nothing was appended; a line is one JSON object with ${needed.join(", ")} and, as needed, id, details, timestamp, event_category`,
      { cause: error },
    );
  }
}

/** What is wrong with a line; null when nothing is. Only its shape: values are the chain's to judge. */
function judgeLine(text: string, needsId: boolean): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `it is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "it is no JSON object";
  const entries = Object.entries(value);
  for (const [key, given] of entries) {
    if (!known.has(key)) return `it has an unknown key: ${key}`;
    if (key !== "details" && typeof given !== "string") return `${key} is no string`;
  }
  if (countMembers(text) !== entries.length) return "it has a key twice";
  for (const key of needed) if (!(key in value)) return `it has no ${key}`;
  if (needsId && !("id" in value)) return "it has no id, by which --on-conflict skip knows it again";
  return null;
}

/** The members of a text that is a JSON object, repeated keys counted each time, which `JSON.parse` does not tell. */
function countMembers(json: string): number {
  let depth = 0;
  let colons = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json.charCodeAt(at)) {
      case 0x22:
        at = endOfString(json, at);
        break;
      case 0x3a:
        if (depth === 1) colons += 1;
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        break;
      case 0x5d:
      case 0x7d:
        depth -= 1;
        break;
      default:
    }
  }
  return colons;
}

/** Where the string that begins at `from` has its closing quote. */
function endOfString(json: string, from: number): number {
  for (let at = from + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at;
  }
  return json.length;
}

/** A last line that a program or an editor left without its newline is whole all the same: JSON says where it ends. */
async function* endedByNewline(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let last: number | undefined;
  for await (const chunk of chunks) {
    last = chunk.at(-1) ?? last;
    yield chunk;
  }
  if (last !== undefined && last !== 0x0a) yield Uint8Array.of(0x0a);
}
