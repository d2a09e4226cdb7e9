import type { Inspection, ServerRefusal } from "../../backend.ts";
import type { Identity } from "../../drop.ts";
import type { TargetPolicy } from "../../target-policy.ts";
import type { JetStream } from "./api.ts";
import { beingRead } from "./fence.ts";
import { isInUse } from "./fenced-config.ts";
import { findStream, listConsumers, listStreams } from "./infos.ts";
import type { ConsumerInfo, StreamInfo } from "./infos.ts";
import { partOf } from "./place.ts";
import type { Place } from "./place.ts";
import { isAtLeast, isDurable } from "./saved.ts";
import { readSystemIdentifier } from "./server-mark.ts";

export interface Found {
  readonly info: StreamInfo;
  /** All of the stream, ephemeral ones too. */
  readonly consumers: readonly ConsumerInfo[];
}

/** Null: it is not there. */
export async function findPlace(api: JetStream, place: Place): Promise<Found | null> {
  const info = await findStream(api, place.stream);
  if (info === null) return null;
  const consumers = await listConsumers(api, place.stream);
  if (place.consumer !== null && !consumers.some(({ name }) => name === place.consumer)) return null;
  return { info, consumers };
}

async function identityOf(api: JetStream, place: Place, found: Found | null): Promise<Identity> {
  const systemIdentifier = await readSystemIdentifier(api);
  if (found === null) return { systemIdentifier, parts: [] };
  const consumer = found.consumers.find(({ name }) => name === place.consumer);
  const id = consumer?.created ?? found.info.created;
  const sizeBytes = consumer === undefined ? found.info.state.bytes : 0;
  return { systemIdentifier, parts: [{ ...partOf(place), id, sizeBytes }] };
}

export async function inspectPlace(
  api: JetStream,
  place: Place,
  policy: TargetPolicy,
  options: { readonly force: boolean },
): Promise<Inspection> {
  const found = await findPlace(api, place);
  const identity = await identityOf(api, place, found);
  if (found === null) return { identity, refusals: [], sizeBytes: 0, sessions: 0, notes: [] };
  const version = api.connection.info?.version ?? "0";
  const touched = found.consumers.filter(({ name }) => place.consumer === null || name === place.consumer);
  const used = touched.filter(isInUse);
  const canPause = isAtLeast(version, 2, 11);
  const kept = used.filter((each) => !options.force || (isDurable(each) && !canPause));
  const saved = { stream: place.stream, stop: canPause ? "pause" : "bind" } as const;
  return {
    identity,
    refusals: [
      ...judgePlace(place, found, version, policy.tombstone.mode),
      ...kept.map((each) => beingRead(each, saved)),
    ],
    sizeBytes: identity.parts[0]?.sizeBytes ?? 0,
    sessions: used.length,
    notes: place.consumer === null ? await notesOf(api, found, canPause) : notesOfConsumer(found),
  };
}

/** What no drop can be made of. */
export function judgePlace(
  { consumer }: Place,
  { info, consumers }: Found,
  version: string,
  mode: TargetPolicy["tombstone"]["mode"],
): readonly ServerRefusal[] {
  if (consumer === null) return judgeStream(info, version, mode);
  const found = consumers.find(({ name }) => name === consumer);
  if (found === undefined || isDurable(found)) return [];
  return [
    {
      code: "consumer-not-durable",
      message: `consumer ${consumer} has no durable name: it goes with its reader, and nothing of it could be given back`,
      hint: "let its reader end it",
      isPassing: false,
    },
  ];
}

/** What JetStream cannot fence, or cannot snapshot. */
function judgeStream(
  { config }: StreamInfo,
  version: string,
  mode: TargetPolicy["tombstone"]["mode"],
): readonly ServerRefusal[] {
  if (mode === "off") return [];
  const refusals: ServerRefusal[] = [];
  const refuse = (code: string, message: string, hint: string): void => {
    refusals.push({ code, message, hint, isPassing: false });
  };
  if (config.mirror !== undefined)
    refuse(
      "10055",
      "the configuration of a mirror cannot be updated: it cannot be fenced",
      "drop it with tombstone mode off: its origin holds the messages",
    );
  if (config.republish !== undefined && !isAtLeast(version, 2, 10))
    refuse(
      "10052",
      "a server before 2.10 cannot change a stream that republishes: it cannot be fenced",
      "upgrade the server, or drop it with tombstone mode off",
    );
  if (config.storage === "memory" && mode === "required")
    refuse(
      "10064",
      "a stream in memory has no snapshot",
      "drop it with tombstone mode soft or off: it does not outlive its server anyway",
    );
  return refusals;
}

async function notesOf(
  api: JetStream,
  { info, consumers }: Found,
  canPause: boolean,
): Promise<readonly string[]> {
  const { config } = info;
  const others = (await listStreams(api)).filter((each) => copies(each, config.name));
  const consumerNote = canPause
    ? "its consumers are paused until it comes back"
    : "this server cannot pause consumers: pulls that do not wait still get messages from a durable one";
  return [
    "JetStream cannot rename: the name stays in use until the purge, and who may ask $JS.API can still read it by name",
    ...(consumers.length === 0 ? [] : [consumerNote]),
    ...(config.retention === "limits"
      ? []
      : [`its retention is ${config.retention}: what a reader acknowledges behind the fence is gone`]),
    ...(config.max_age > 0
      ? ["messages do not age behind the fence; what is too old goes when it comes back"]
      : []),
    ...others.map((each) => `stream ${each.config.name} copies from it and keeps what it copied`),
  ];
}

function notesOfConsumer({ info }: Found): readonly string[] {
  return info.config.retention === "interest"
    ? ["the stream keeps messages for its consumers only: what this one alone waits for goes with it"]
    : [];
}

function copies({ config }: StreamInfo, name: string): boolean {
  return [config.mirror, ...(config.sources ?? [])].some(
    (each) => typeof each === "object" && each !== null && "name" in each && each.name === name,
  );
}
