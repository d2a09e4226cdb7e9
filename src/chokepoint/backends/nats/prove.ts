import { join } from "node:path";
import type { Environment } from "../../../postgres/connection-settings.ts";
import type { Progress, ProofFacts } from "../../backend.ts";
import type { JetStream } from "./api.ts";
import { updateConsumer } from "./fence.ts";
import { compareFacts, consumerPosition } from "./fingerprint.ts";
import type { StreamFacts } from "./fingerprint.ts";
import { findStream, listConsumers, streamInfoSchema } from "./infos.ts";
import type { StreamState } from "./infos.ts";
import { digestMessages } from "./read-messages.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";
import type { Saved } from "./saved.ts";
import { openTombstone, snapshotName } from "./tombstone.ts";
import type { Manifest } from "./tombstone.ts";
import { startThrowawayServer } from "./throwaway-server.ts";
import { isDurable } from "./saved.ts";

/** Restores a tombstone on a throwaway server of this machine, reads every message back and compares. The target is not asked. */
export async function proveTombstone(
  saved: Saved,
  folder: string,
  env: Environment,
  progress: Progress,
  signal: AbortSignal,
  recorded: string | undefined,
): Promise<ProofFacts> {
  const started = performance.now();
  const manifest = await openTombstone(folder, recorded);
  await using server = await startThrowawayServer(env);
  const differences =
    manifest.whole === null
      ? await compareConsumers(server.api, saved, manifest)
      : await compareStream(server.api, saved, { manifest, whole: manifest.whole }, folder, progress, signal);
  return {
    isEqual: differences.length === 0,
    differences,
    seconds: (performance.now() - started) / 1000,
  };
}

async function compareStream(
  api: JetStream,
  saved: Saved,
  { manifest, whole }: { readonly manifest: Manifest; readonly whole: NonNullable<Manifest["whole"]> },
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const config = standalone(saved.config);
  const path = join(folder, snapshotName);
  await restoreSnapshot(api, { config, state: whole.state, path }, () => undefined, signal);
  return compareFacts(manifest, await readFacts(api, saved.stream, progress, signal));
}

/** A consumer alone leaves its configuration and its position: that the first is accepted is what can be shown. */
async function compareConsumers(
  api: JetStream,
  saved: Saved,
  manifest: Manifest,
): Promise<readonly string[]> {
  await api.tell(`STREAM.CREATE.${saved.stream}`, standalone(saved.config), streamInfoSchema);
  for (const { config } of saved.consumers) {
    const { num_replicas: _replicas, ...kept } = config;
    await updateConsumer(api, saved.stream, kept);
  }
  const made = new Set((await listConsumers(api, saved.stream)).map(({ name }) => name));
  return manifest.consumers
    .filter(({ name }) => !made.has(name))
    .map(({ name }) => `consumer ${name} could not be made`);
}

/** What a server without peers, tags and other streams takes. */
export function standalone(config: Saved["config"]): Saved["config"] {
  const { placement: _placement, sources: _sources, mirror: _mirror, ...kept } = config;
  // Nothing may age away while it is compared.
  return { ...kept, num_replicas: 1, max_age: 0 };
}

/** All that is compared of a stream, read from a server. With `upTo` what came after it is not looked at. */
export async function readFacts(
  api: JetStream,
  stream: string,
  progress: Progress,
  signal: AbortSignal,
  upTo?: StreamState,
): Promise<StreamFacts> {
  const info = await findStream(api, stream);
  if (info === null) return { stream, created: "gone", whole: null, consumers: [] };
  const state = upTo ?? info.state;
  const messages = await digestMessages(api, stream, state, progress, signal);
  const consumers = (await listConsumers(api, stream)).filter((each) => isDurable(each));
  return {
    stream,
    created: info.created,
    whole: { state, messages },
    consumers: consumers.map((each) => consumerPosition(each)),
  };
}
