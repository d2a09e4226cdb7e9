import { join } from "node:path";
import { OpsError } from "../../../errors.ts";
import type { FenceSource, ProofFacts, Undone, UndoOptions, UndoSource } from "../../backend.ts";
import type { Names } from "../../resource.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { done } from "./api.ts";
import type { JetStream } from "./api.ts";
import { giveConsumersBack, notTheSame, unfence, updateConsumer } from "./fence.ts";
import { fencedStreamConfig, isStreamFenced, isUncompared, uncomparedConfig } from "./fenced-config.ts";
import { compareFacts, fingerprintOf } from "./fingerprint.ts";
import { findConsumer, findStream, streamInfoSchema } from "./infos.ts";
import type { StreamInfo } from "./infos.ts";
import { partOf } from "./place.ts";
import { readFacts } from "./prove.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";
import type { Saved } from "./saved.ts";
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
      ? await fromFence(api, saved, from, options)
      : await fromTombstone(api, saved, from, options);
  return { names, ...back };
}

type Back = Pick<Undone, "proof" | "notes">;

async function fromFence(
  api: JetStream,
  saved: Saved,
  { folder, fingerprint }: FenceSource,
  options: UndoOptions,
): Promise<Back> {
  const info = await findStream(api, saved.stream);
  if (info === null || info.created !== saved.created) throw new TargetRefused(notTheSame(saved.stream));
  if (isUncompared(info, saved)) {
    if (folder !== null) return await fromTombstone(api, saved, { folder, fingerprint }, options);
    throw notEqual(saved.stream, [
      "what an undo that was cut off restored cannot be compared without its tombstone",
    ]);
  }
  // Cut off in the middle, the stream has its subjects back, and what was published since is no difference.
  const isCompared = saved.consumer === null && isStreamFenced(info, saved);
  const proof = isCompared ? await compareFence(api, saved, { folder, fingerprint }, options) : null;
  await unfence(api, saved);
  const told =
    proof?.isEqual === false ? ["it differs from its tombstone: somebody read from it behind the fence"] : [];
  return { proof, notes: [...told, ...notesOf(saved)] };
}

/** Throws where it differs from a tombstone that can be restored in its place; where nobody here can read that one, it is told. */
async function compareFence(
  api: JetStream,
  { stream }: Saved,
  { folder, fingerprint }: { readonly folder: string | null; readonly fingerprint: string | undefined },
  { progress, signal }: UndoOptions,
): Promise<ProofFacts | null> {
  if (folder === null && fingerprint === undefined) return null;
  const started = performance.now();
  const manifest = folder === null ? null : await openTombstone(folder, fingerprint);
  const facts = await readFacts(api, stream, progress, signal);
  const seconds = (performance.now() - started) / 1000;
  if (manifest === null) {
    const isEqual = fingerprintOf(facts) === fingerprint;
    const differences = isEqual ? [] : ["its fingerprint is another: decrypt the tombstone to see in what"];
    return { isEqual, differences, seconds };
  }
  const differences = compareFacts(manifest, facts);
  if (differences.length > 0) throw notEqual(stream, differences);
  return { isEqual: true, differences, seconds };
}

/**
 * JetStream restores a stream with its subjects, or not at all where a consumer has a filter: so it bears a mark until it was compared,
 * ages nothing, and keeps its consumers stopped; what is not equal goes behind the fence.
 */
async function fromTombstone(
  api: JetStream,
  saved: Saved,
  { folder, fingerprint }: { readonly folder: string; readonly fingerprint?: string | undefined },
  options: UndoOptions,
): Promise<Back> {
  const manifest = await openTombstone(folder, fingerprint);
  const { whole } = manifest;
  if (whole === null) return await makeConsumersAgain(api, saved);
  const there = await findStream(api, saved.stream);
  if (there !== null && there.created !== saved.created) throw another(saved.stream);
  if (there === null || isStreamFenced(there, saved)) {
    if (there !== null) await makeWay(api, saved, there, whole);
    const what = { config: uncomparedConfig(saved), state: whole.state, path: join(folder, snapshotName) };
    await restoreSnapshot(api, what, options.progress, options.signal);
  } else if (!isUncompared(there, saved)) {
    await giveConsumersBack(api, saved);
    return { proof: null, notes: ["an attempt that was cut off had brought it back", ...notesOf(saved)] };
  }
  const proof = await compareRestored(api, saved, { manifest, whole }, options);
  if (!proof.isEqual) {
    await api.tell(
      `STREAM.UPDATE.${saved.stream}`,
      fencedStreamConfig(saved.config, saved),
      streamInfoSchema,
    );
    throw notEqual(saved.stream, proof.differences);
  }
  await unfence(api, saved);
  return { proof, notes: notesOf(saved) };
}

/** The fence keeps the name: it gives way to what was proved, whose whole snapshot was just read. */
async function makeWay(
  api: JetStream,
  { stream }: Saved,
  there: StreamInfo,
  { state }: NonNullable<Manifest["whole"]>,
): Promise<void> {
  // Published to what an earlier undo had restored, before that was put behind the fence.
  if (there.state.last_seq > state.last_seq)
    throw new OpsError(
      "name-in-use",
      `stream ${stream} behind the fence holds ${there.state.last_seq - state.last_seq} messages that its tombstone has not`,
      "save them, and remove the stream by hand; then undo again",
    );
  await api.tell(`STREAM.DELETE.${stream}`, {}, done);
}

/** Up to the last sequence of the tombstone: others may have published since. */
async function compareRestored(
  api: JetStream,
  { stream }: Saved,
  { manifest, whole }: { readonly manifest: Manifest; readonly whole: NonNullable<Manifest["whole"]> },
  { progress, signal }: UndoOptions,
): Promise<ProofFacts> {
  const started = performance.now();
  const facts = await readFacts(api, stream, progress, signal, whole.state);
  const differences = compareFacts(manifest, facts);
  return { isEqual: differences.length === 0, differences, seconds: (performance.now() - started) / 1000 };
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

function notEqual(stream: string, differences: readonly string[]): TargetRefused {
  return new TargetRefused({
    code: "not-equal",
    message: `stream ${stream} is not what its tombstone holds: ${differences.slice(0, 4).join("; ")}`,
    hint: "it stays behind its fence; undo from the tombstone, which was proved",
    isPassing: false,
  });
}

function another(stream: string): OpsError {
  return new OpsError(
    "name-in-use",
    `there is another stream ${stream} by now`,
    "JetStream restores under the old name only: remove it, then undo again",
  );
}

function notesOf(saved: Saved): readonly string[] {
  return saved.consumer === null && saved.config.max_age > 0
    ? ["max_age is back: messages that are older by now go"]
    : [];
}
