import { join } from "node:path";
import { OpsError } from "../../../errors.ts";
import type { ProofFacts, Undone, UndoOptions, UndoSource } from "../../backend.ts";
import type { Names } from "../../resource.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { done } from "./api.ts";
import type { JetStream } from "./api.ts";
import { giveConsumersBack, notTheSame, unfence, updateConsumer } from "./fence.ts";
import { isStreamFenced } from "./fenced-config.ts";
import { compareFacts } from "./fingerprint.ts";
import { findConsumer, findStream } from "./infos.ts";
import { partOf } from "./place.ts";
import { readFacts } from "./prove.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";
import type { Saved } from "./saved.ts";
import { digestMessages } from "./read-messages.ts";
import { openTombstone, snapshotName } from "./tombstone.ts";
import type { Manifest } from "./tombstone.ts";

/** Brings a stream or a consumer back from its fence or its tombstone; may be called again after it was cut off. */
export async function undoDrop(
  api: JetStream,
  saved: Saved,
  from: UndoSource,
  options: UndoOptions,
): Promise<Undone> {
  const { name, part } = partOf(saved);
  if (options.as !== null && options.as !== name)
    throw new OpsError(
      "bad-input",
      `JetStream can give ${name} no other name: neither a stream nor a snapshot can be renamed`,
      "undo without a name; remove what has the old one first",
    );
  const names: Names =
    saved.consumer === null ? { [part]: name } : { stream: saved.stream, consumer: saved.consumer };
  const back =
    from.kind === "fence"
      ? await fromFence(api, saved, from.folder, options)
      : await fromTombstone(api, saved, from.folder, options);
  return { names, ...back };
}

type Back = Pick<Undone, "proof" | "notes">;

async function fromFence(
  api: JetStream,
  saved: Saved,
  folder: string | null,
  options: UndoOptions,
): Promise<Back> {
  const info = await findStream(api, saved.stream);
  if (info === null || info.created !== saved.created) throw new TargetRefused(notTheSame(saved.stream));
  // Cut off in the middle, the stream has its subjects back, and what was published since is no difference.
  const isCompared = folder !== null && saved.consumer === null && isStreamFenced(info, saved);
  const proof = isCompared ? await requireEqual(api, saved, folder, options) : null;
  await unfence(api, saved);
  return { proof, notes: notesOf(saved) };
}

async function fromTombstone(
  api: JetStream,
  saved: Saved,
  folder: string,
  options: UndoOptions,
): Promise<Back> {
  const manifest = await openTombstone(folder);
  if (manifest.whole === null) return await makeConsumersAgain(api, saved);
  const there = await findStream(api, saved.stream);
  if (there !== null && there.created !== saved.created)
    throw new OpsError(
      "name-in-use",
      `there is another stream ${saved.stream} by now`,
      "JetStream restores under the old name only: remove it, then undo again",
    );
  if (there !== null && !isStreamFenced(there, saved))
    return await finish(api, saved, manifest.whole, options);
  // The fence keeps the name: it gives way to what was proved, whose whole snapshot was just read.
  if (there !== null) await api.tell(`STREAM.DELETE.${saved.stream}`, {}, done);
  await restoreSnapshot(
    api,
    { config: saved.config, state: manifest.whole.state, path: join(folder, snapshotName) },
    options.progress,
    options.signal,
  );
  const proof = await requireEqual(api, saved, folder, options);
  await giveConsumersBack(api, saved);
  return { proof, notes: notesOf(saved) };
}

/** Cut off after the restore, which is there whole or not at all: others may have published since, behind what was restored. */
async function finish(
  api: JetStream,
  saved: Saved,
  { state, messages }: NonNullable<Manifest["whole"]>,
  { progress, signal }: UndoOptions,
): Promise<Back> {
  const started = performance.now();
  await giveConsumersBack(api, saved);
  const found = await digestMessages(api, saved.stream, state, progress, signal);
  const isEqual = found.sha256 === messages.sha256;
  const differences = isEqual ? [] : [`expected ${messages.count} messages, found ${found.count}, or others`];
  return {
    proof: { isEqual, differences, seconds: (performance.now() - started) / 1000 },
    notes: notesOf(saved),
  };
}

async function makeConsumersAgain(api: JetStream, saved: Saved): Promise<Back> {
  const notes: string[] = [];
  for (const { name, config, ack_floor } of saved.consumers) {
    if ((await findConsumer(api, saved.stream, name)) !== null) continue;
    await updateConsumer(api, saved.stream, {
      ...config,
      deliver_policy: "by_start_sequence",
      opt_start_seq: ack_floor.stream_seq + 1,
    });
    notes.push(
      `consumer ${name} goes on after sequence ${ack_floor.stream_seq}, the last before which all was acknowledged: what was acknowledged out of order is delivered again, and its deliver_policy is by_start_sequence`,
    );
  }
  return { proof: null, notes };
}

async function requireEqual(
  api: JetStream,
  saved: Saved,
  folder: string,
  { progress, signal }: UndoOptions,
): Promise<ProofFacts> {
  const started = performance.now();
  const manifest = await openTombstone(folder);
  const differences = compareFacts(manifest, await readFacts(api, saved.stream, progress, signal));
  if (differences.length > 0)
    throw new TargetRefused({
      code: "not-equal",
      message: `stream ${saved.stream} is not what its tombstone holds: ${differences.slice(0, 4).join("; ")}`,
      hint: "undo from the tombstone, which was proved",
      isPassing: false,
    });
  return { isEqual: true, differences, seconds: (performance.now() - started) / 1000 };
}

function notesOf(saved: Saved): readonly string[] {
  return saved.consumer === null && saved.config.max_age > 0
    ? ["max_age is back: messages that are older by now go"]
    : [];
}
