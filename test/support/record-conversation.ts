import { createConnection, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What one side said until the other did. */
export interface Turn {
  readonly side: "client" | "server";
  readonly bytes: Buffer;
}

/** What a session made of a conversation that was recorded. */
export interface Replayed {
  readonly sightings: readonly unknown[];
  readonly settled: readonly unknown[];
  readonly toServer: string;
  readonly toClient: string;
  readonly warned: readonly string[];
}

/** All that one side said. */
export function saidBy(turns: readonly Turn[], side: Turn["side"]): Buffer {
  return Buffer.concat(turns.filter((turn) => turn.side === side).map(({ bytes }) => bytes));
}

/**
 * Runs a client against the server behind a Unix socket, or on a port of this machine, and gives all that both said, in turns; of the connection on which
 * most was said. The client is to use neither TLS nor a password.
 */
export async function recordConversation(
  to: string | number,
  talk: (port: number) => Promise<void>,
): Promise<readonly Turn[]> {
  const conversations: { length: number; turns: { side: Turn["side"]; parts: Buffer[] }[] }[] = [];
  const sockets: Socket[] = [];
  const listener = createServer((client) => {
    const said: (typeof conversations)[number] = { length: 0, turns: [] };
    conversations.push(said);
    const say = (side: Turn["side"], bytes: Buffer): void => {
      if (said.turns.at(-1)?.side !== side) said.turns.push({ side, parts: [] });
      said.turns.at(-1)?.parts.push(bytes);
      said.length += bytes.length;
    };
    const server = typeof to === "string" ? createConnection(to) : createConnection(to, "127.0.0.1");
    for (const [from, other, side] of [
      [client, server, "client"],
      [server, client, "server"],
    ] as const) {
      sockets.push(from);
      from.on("data", (bytes: Buffer) => {
        say(side, bytes);
        other.write(bytes);
      });
      from.on("end", () => other.end()).on("error", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  try {
    await talk((listener.address() as AddressInfo).port);
  } finally {
    for (const each of sockets) each.destroy();
    listener.close();
  }
  const [longest] = conversations.toSorted((one, another) => another.length - one.length);
  return (longest?.turns ?? []).map(({ side, parts }) => ({ side, bytes: Buffer.concat(parts) }));
}

/**
 * The same with each cycle of a pipeline in a turn of its own, and behind it what it is answered: who decides on a statement may wait for all
 * that came before it to be answered.
 */
export function takePipelinesApart(turns: readonly Turn[]): readonly Turn[] {
  return turns.flatMap((turn, index) => {
    const [before, behind] = [turns[index - 1], turns[index + 1]];
    const other = turn.side === "client" ? behind : before;
    if (other === undefined) return [turn];
    const [sent, answered] = turn.side === "client" ? [turn, other] : [other, turn];
    const cycles = split(sent.bytes, "QSF");
    const answers = split(answered.bytes, "Z");
    if (cycles.length < 2 || cycles.length !== answers.length) return [turn];
    if (turn.side === "server") return [];
    return cycles.flatMap((bytes, at): readonly Turn[] => [
      { side: "client", bytes },
      { side: "server", bytes: answers[at] ?? Buffer.alloc(0) },
    ]);
  });
}

/** Behind each message of these types. */
function split(bytes: Buffer, types: string): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at + 5 <= bytes.length;) {
    const type = String.fromCharCode(bytes[at] ?? 0);
    at += 1 + bytes.readInt32BE(at + 1);
    if (!types.includes(type)) continue;
    parts.push(bytes.subarray(from, at));
    from = at;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}
