import { rawClient } from "../raw-postgres.ts";
import type { Write } from "./messages.ts";

/** Each write whole, or cut in two at a place that the seed says; ends with the answers, or with the connection. */
export async function converse(
  place: { readonly port: number } | { readonly path: string },
  parameters: Readonly<Record<string, string>>,
  writes: readonly Write[],
  seed: number | null,
): Promise<readonly string[]> {
  const client = await rawClient(place, parameters).catch(() => null);
  if (client === null) return ["the connection ended at its start"];
  await using open = client;
  const from = open.answers.length;
  let ready = 1;
  for (const { bytes, ready: more } of writes) {
    const cut = seed === null ? bytes.length : 1 + ((seed * 2_654_435_761) % bytes.length);
    await new Promise((resolve) => open.socket.write(bytes.subarray(0, cut), resolve));
    await new Promise(setImmediate);
    if (cut < bytes.length) open.send(bytes.subarray(cut));
    ready += more;
    try {
      await open.ready(ready);
    } catch {
      break;
    }
  }
  // The server is done with it when it has said goodbye, not before.
  open.send(Buffer.from([0x58, 0, 0, 0, 4]));
  await open.closed;
  return open.answers
    .slice(from)
    .filter(({ type }) => type !== "K")
    .map(
      ({ type, body }) =>
        `${type} ${timeless(withoutOids(type, body).toString("latin1").replaceAll("\0", "|"))}`,
    );
}

/**
 * EXPLAIN ANALYZE says how long it took, and since PostgreSQL 18 how much of what it read was in memory: the digits of that are as many as
 * they are, and so is the length that stands before such a value, the only one of its row.
 */
function timeless(text: string): string {
  const steady = text.replace(
    /\b(\d+\.\d+)(?=(\.\.\d+\.\d+)? (rows=|ms))|time=[\d.]+|Time: [\d.]+|shared (?:hit|read)=\d+/g,
    "…",
  );
  return steady === text ? text : steady.slice(countAndLength);
}

/** Two bytes and four. */
const countAndLength = 6;

/** A RowDescription without the tables' oids: they are made anew for every trial. */
function withoutOids(type: string, body: Buffer): Buffer {
  if (type !== "T") return body;
  const bytes = Buffer.from(body);
  for (let at = 2; at < bytes.length; at += 18) {
    at = bytes.indexOf(0, at) + 1;
    bytes.fill(0, at, at + 4);
    // A type's may be as young.
    bytes.fill(0, at + 6, at + 10);
  }
  return bytes;
}
