import { createHash } from "node:crypto";
import { readFile, rm, mkdir } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import { writeAtomicFile } from "../../../run/atomic-file.ts";
import type { Progress, TombstoneContents } from "../../backend.ts";
import { requireRecorded } from "../../require-recorded.ts";
import type { JetStream } from "./api.ts";
import { consumerPosition, fingerprintOf } from "./fingerprint.ts";
import { consumerConfigSchema, findStream, listConsumers, streamStateSchema } from "./infos.ts";
import { digestMessages } from "./read-messages.ts";
import { isDurable } from "./saved.ts";
import type { Saved } from "./saved.ts";
import { takeSnapshot } from "./take-snapshot.ts";

const sequences = z.object({ consumer_seq: z.number(), stream_seq: z.number() });

const manifestSchema = z.object({
  v: z.literal(1),
  stream: z.string(),
  created: z.string(),
  fingerprint: z.string(),
  /** Null: the tombstone of a consumer alone. */
  whole: z
    .object({
      state: streamStateSchema,
      messages: z.object({ count: z.number(), sha256: z.string() }),
      snapshot: z.object({ bytes: z.number(), sha256: z.string() }),
    })
    .nullable(),
  consumers: z.array(
    z.object({
      name: z.string(),
      config: consumerConfigSchema,
      delivered: sequences,
      ack_floor: sequences,
      num_ack_pending: z.number(),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const snapshotName = "stream.tar.s2";
const manifestName = "manifest.json";

/**
 * Writes the tombstone of a fenced stream: its snapshot, and beside it what every message hashed to when it was read from the server
 * one by one. The manifest comes last and marks the whole. Throws `server-error` where somebody changed the stream meanwhile.
 */
export async function writeTombstone(
  api: JetStream,
  saved: Saved,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<TombstoneContents> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(join(folder, manifestName), { force: true });
  const consumers = (await listConsumers(api, saved.stream))
    .filter((each) => isDurable(each) && (saved.consumer === null || each.name === saved.consumer))
    .map((each) => consumerPosition(each));
  const whole = saved.consumer === null ? await readWhole(api, saved, folder, progress, signal) : null;
  const facts = { stream: saved.stream, created: saved.created, whole, consumers };
  const manifest: Manifest = { v: 1, ...facts, fingerprint: fingerprintOf(facts) };
  writeAtomicFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return {
    bytes: whole?.snapshot.bytes ?? 0,
    fingerprint: manifest.fingerprint,
    contents: {
      stream: saved.stream,
      messages: whole?.messages.count ?? 0,
      consumers: consumers.length,
    },
  };
}

async function readWhole(
  api: JetStream,
  saved: Saved,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Manifest["whole"]> {
  const { bytes, sha256, state } = await takeSnapshot(
    api,
    saved.stream,
    join(folder, snapshotName),
    progress,
    signal,
  );
  const messages = await digestMessages(api, saved.stream, state, progress, signal);
  const after = await findStream(api, saved.stream);
  if (
    after === null ||
    after.created !== saved.created ||
    after.state.messages !== state.messages ||
    after.state.last_seq !== state.last_seq ||
    messages.count !== state.messages
  )
    throw new OpsError(
      "server-error",
      `stream ${saved.stream} changed while its tombstone was made: ${state.messages} messages in the snapshot, ${messages.count} read, ${after?.state.messages ?? 0} now`,
      "somebody reads from it behind the fence, by its name: stop them; it is made again",
    );
  return { state, messages, snapshot: { bytes, sha256 } };
}

/**
 * Reads the manifest and checks the snapshot against it. Throws `unreadable-archive` where it is not whole, `not-equal` where it is
 * another than the recorded one.
 */
export async function openTombstone(folder: string, recorded: string | undefined): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), "utf8").catch((cause: unknown) => {
    throw unreadable(folder, "it has no manifest: it was never finished", cause);
  });
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw unreadable(folder, "its manifest is not custody's", parsed.error);
  const manifest = parsed.data;
  if (fingerprintOf(manifest) !== manifest.fingerprint)
    throw unreadable(folder, "its manifest was changed: the fingerprint is another");
  requireRecorded(folder, manifest.fingerprint, recorded);
  if (manifest.whole !== null) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(join(folder, snapshotName)))
      hash.update(z.instanceof(Uint8Array).parse(chunk));
    if (hash.digest("hex") !== manifest.whole.snapshot.sha256)
      throw unreadable(folder, "its snapshot is not the one that was written");
  }
  return manifest;
}

function unreadable(folder: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-archive",
    `the tombstone ${folder} cannot be used: ${why}`,
    "make it again",
    {
      cause,
    },
  );
}
