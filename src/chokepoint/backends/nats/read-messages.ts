import { createHash } from "node:crypto";
import { z } from "zod";
import type { Progress } from "../../backend.ts";
import { errCodes, refused } from "./api.ts";
import type { JetStream } from "./api.ts";
import type { StreamState } from "./infos.ts";

const messageSchema = z.object({
  message: z.object({
    subject: z.string(),
    seq: z.number(),
    hdrs: z.string().default(""),
    data: z.string().default(""),
    time: z.string(),
  }),
});
type Message = z.infer<typeof messageSchema>["message"];

export interface MessagesDigest {
  readonly count: number;
  /** Over sequence, time, subject, headers and data of every message, in order; lower-case hex. */
  readonly sha256: string;
}

const lanes = 64;
const longestWindow = 4096;
/** About what one window may hold in memory, before base64. */
const windowBytes = 16 << 20;

/**
 * Hashes every message of a stream, in order. It asks for each with STREAM.MSG.GET, which no consumer, no retention and no state of
 * the stream notices; many are asked for at a time, and what was deleted is passed over.
 */
export async function digestMessages(
  api: JetStream,
  stream: string,
  state: StreamState,
  progress: Progress,
  signal: AbortSignal,
): Promise<MessagesDigest> {
  const hash = createHash("sha256");
  let count = 0;
  const average = Math.max(1, state.bytes / Math.max(1, state.messages));
  const window = Math.max(lanes, Math.min(longestWindow, Math.floor(windowBytes / average)));
  const step = Math.ceil(window / lanes);
  let at = state.first_seq;
  while (state.messages > 0 && at <= state.last_seq) {
    signal.throwIfAborted();
    const first = await next(api, stream, at);
    if (first === null || first.seq > state.last_seq) break;
    const end = Math.min(first.seq + step * lanes - 1, state.last_seq);
    const starts = Array.from({ length: lanes }, (_, lane) => first.seq + lane * step);
    const read = await Promise.all(
      starts.map((start) => readLane(api, stream, start, Math.min(start + step - 1, end))),
    );
    for (const message of read.flat()) {
      hashMessage(hash, message);
      count += 1;
    }
    progress(count, state.messages);
    at = end + 1;
  }
  return { count, sha256: hash.digest("hex") };
}

async function readLane(
  api: JetStream,
  stream: string,
  from: number,
  to: number,
): Promise<readonly Message[]> {
  const messages: Message[] = [];
  let at = from;
  while (at <= to) {
    const message = await next(api, stream, at);
    if (message === null || message.seq > to) break;
    messages.push(message);
    at = message.seq + 1;
  }
  return messages;
}

/** The first message whose sequence is at least `seq`. */
async function next(api: JetStream, stream: string, seq: number): Promise<Message | null> {
  const reply = await api.ask(`STREAM.MSG.GET.${stream}`, { seq, next_by_subj: ">" }, messageSchema);
  if (reply.ok) return reply.value.message;
  if (reply.error.err_code === errCodes.messageNotFound) return null;
  throw refused(reply.error);
}

function hashMessage(hash: ReturnType<typeof createHash>, message: Message): void {
  const fields = [
    Buffer.from(`${message.seq} ${message.time}`),
    Buffer.from(message.subject),
    Buffer.from(message.hdrs, "base64"),
    Buffer.from(message.data, "base64"),
  ];
  for (const field of fields) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    hash.update(length).update(field);
  }
}
