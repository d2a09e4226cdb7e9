import { createHash } from "node:crypto";
import type { ConsumerInfo, StreamState } from "./infos.ts";
import type { MessagesDigest } from "./read-messages.ts";

/** A durable consumer: how it is set up, and how far it came. */
export type ConsumerPosition = Pick<ConsumerInfo, "name" | "config" | "num_ack_pending"> & {
  readonly delivered: Sequences;
  readonly ack_floor: Sequences;
};

interface Sequences {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}

export interface StreamFacts {
  readonly stream: string;
  readonly created: string;
  readonly whole: { readonly state: StreamState; readonly messages: MessagesDigest } | null;
  readonly consumers: readonly ConsumerPosition[];
}

export function consumerPosition(info: ConsumerInfo): ConsumerPosition {
  const { name, config, delivered, ack_floor, num_ack_pending } = info;
  return { name, config, delivered, ack_floor, num_ack_pending };
}

/** What two streams share when they are equal: hex SHA-256. */
export function fingerprintOf(facts: StreamFacts): string {
  const hash = createHash("sha256");
  for (const line of linesOf(facts)) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** What differs, one line each; empty: they are equal. */
export function compareFacts(expected: StreamFacts, actual: StreamFacts): readonly string[] {
  const before = linesOf(expected);
  const after = linesOf(actual);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `expected ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `found ${line}`),
  ];
}

/** Bytes in the store are no fact of a stream: another server may lay out its blocks otherwise. */
function linesOf({ stream, created, whole, consumers }: StreamFacts): readonly string[] {
  const state = whole?.state;
  return [
    `stream ${stream} created ${created}`,
    ...(state === undefined
      ? []
      : [
          `state messages ${state.messages} first ${state.first_seq} last ${state.last_seq} subjects ${state.num_subjects}`,
          `messages ${whole?.messages.count} sha256 ${whole?.messages.sha256}`,
        ]),
    ...consumers
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .map(
        ({ name, config, delivered, ack_floor, num_ack_pending }) =>
          `consumer ${name} ${digestOf(config)} delivered ${delivered.consumer_seq}/${delivered.stream_seq} acknowledged ${ack_floor.consumer_seq}/${ack_floor.stream_seq} pending ${num_ack_pending}`,
      ),
  ];
}

/** A configuration may hold names of customers: lines that are shown hold its hash. */
function digestOf(config: object): string {
  const sorted = Object.entries(config).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}
