import { createReadStream } from "node:fs";
import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import type { Progress } from "../../backend.ts";
import { errCodes, readReply, refused, request } from "./api.ts";
import type { ApiError, JetStream } from "./api.ts";
import { streamInfoSchema } from "./infos.ts";
import type { StreamConfig, StreamInfo, StreamState } from "./infos.ts";

const chunkSize = 128 * 1024;

/**
 * Gives a server a stream back from its snapshot, under its own name: JetStream checks that the name in the snapshot is the one asked
 * for (10062). Sequences, times, consumers and the time at which it was made come back as they were. What is cut off leaves nothing.
 * Throws `name-in-use`, and the server's own no.
 */
export async function restoreSnapshot(
  api: JetStream,
  what: { readonly config: StreamConfig; readonly state: StreamState; readonly path: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<StreamInfo> {
  const { config, state, path } = what;
  const begun = await api.ask(
    `STREAM.RESTORE.${config.name}`,
    { config, state },
    z.object({ deliver_subject: z.string() }),
  );
  if (!begun.ok) throw explainGivingBack(begun.error, config.name);
  const subject = begun.value.deliver_subject;
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkSize })) {
    signal.throwIfAborted();
    const part = z.instanceof(Uint8Array).parse(chunk);
    // An answer that is not empty is the restore's end before its time.
    const answer = await request(api.connection, subject, part);
    if (answer.length > 0) readEnd(answer, config.name);
    bytes += part.length;
    progress(bytes);
  }
  return readEnd(await request(api.connection, subject, new Uint8Array(0)), config.name);
}

function readEnd(answer: Uint8Array, stream: string): StreamInfo {
  const end = readReply(answer, "STREAM.RESTORE", streamInfoSchema);
  if (!end.ok) throw explainGivingBack(end.error, stream);
  return end.value;
}

/** Why a name or subjects could not be given back: what another stream took meanwhile is `name-in-use`. */
export function explainGivingBack(error: ApiError, stream: string): Error {
  if (!errCodes.nameInUse.some((each) => each === error.err_code)) return refused(error);
  return new OpsError(
    "name-in-use",
    `stream ${stream} cannot have its name and subjects back: ${error.description}`,
    "JetStream restores under the old name only: remove or rename what took it, then undo again",
  );
}
