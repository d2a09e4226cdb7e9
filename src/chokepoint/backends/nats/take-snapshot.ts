import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { createInbox } from "@nats-io/transport-node";
import type { Msg } from "@nats-io/transport-node";
import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import type { Progress } from "../../backend.ts";
import type { JetStream } from "./api.ts";
import { streamConfigSchema, streamStateSchema } from "./infos.ts";
import type { StreamConfig, StreamState } from "./infos.ts";

export interface Snapshot {
  readonly bytes: number;
  /** Of the file, lower-case hex. */
  readonly sha256: string;
  readonly config: StreamConfig;
  readonly state: StreamState;
}

const chunkSize = 128 * 1024;
const silenceMs = 30_000;

/**
 * Writes JetStream's own snapshot of a stream and its durable consumers into a file, each chunk acknowledged once it is written, and
 * has it on disk. The server checks its blocks while it reads them (`jsck`). The end is an empty message; one that bears a status other
 * than 204 says that the snapshot failed. Protocol: server/jetstream_api.go, `jsStreamSnapshotT`.
 */
export async function takeSnapshot(
  api: JetStream,
  stream: string,
  path: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Snapshot> {
  await using file = await open(path, "w", 0o600);
  const hash = createHash("sha256");
  let bytes = 0;
  const inbox = createInbox("_INBOX.custody");
  const subscription = api.connection.subscribe(inbox);
  try {
    const { config, state } = await api.tell(
      `STREAM.SNAPSHOT.${stream}`,
      { deliver_subject: inbox, chunk_size: chunkSize, no_consumers: false, jsck: true },
      z.object({ config: streamConfigSchema, state: streamStateSchema }),
    );
    const chunks = subscription[Symbol.asyncIterator]();
    for (;;) {
      const chunk = await within(chunks.next(), stream, signal);
      if (chunk.done === true) throw cutOff(stream, "the connection ended");
      if (isEnd(chunk.value, stream)) break;
      await file.appendFile(chunk.value.data);
      hash.update(chunk.value.data);
      bytes += chunk.value.data.length;
      progress(bytes);
      chunk.value.respond();
    }
    await file.sync();
    return { bytes, sha256: hash.digest("hex"), config, state };
  } finally {
    subscription.unsubscribe();
  }
}

function isEnd(message: Msg, stream: string): boolean {
  if (message.data.length > 0) return false;
  const status = message.headers?.code ?? 204;
  if (status !== 204) throw cutOff(stream, `${status} ${message.headers?.description ?? ""}`.trim());
  return true;
}

async function within<T>(next: Promise<T>, stream: string, signal: AbortSignal): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => over.reject(cutOff(stream, `nothing came for ${silenceMs / 1000} s`)),
    silenceMs,
  );
  const stop = (): void => over.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    return await Promise.race([next, over.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function cutOff(stream: string, why: string): OpsError {
  return new OpsError(
    "server-error",
    `the snapshot of stream ${stream} is not whole: ${why}`,
    "it is taken again; the server's log may say more",
  );
}
