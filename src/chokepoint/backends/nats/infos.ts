import { z } from "zod";
import { errCodes, refused } from "./api.ts";
import type { JetStream } from "./api.ts";

const sequences = z.object({ consumer_seq: z.number(), stream_seq: z.number() });

/** A configuration as the server gave it: what this program does not know of it is kept. */
export const streamConfigSchema = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  subjects: z.array(z.string()).optional(),
  retention: z.string(),
  storage: z.string(),
  max_age: z.number().default(0),
  mirror: z.unknown().optional(),
  sources: z.array(z.unknown()).optional(),
  republish: z.unknown().optional(),
});
export type StreamConfig = z.infer<typeof streamConfigSchema>;

export const streamStateSchema = z.looseObject({
  messages: z.number(),
  bytes: z.number(),
  first_seq: z.number(),
  last_seq: z.number(),
  num_subjects: z.number().default(0),
  consumer_count: z.number().default(0),
});
export type StreamState = z.infer<typeof streamStateSchema>;

export const streamInfoSchema = z.object({
  config: streamConfigSchema,
  created: z.string(),
  state: streamStateSchema,
});
export type StreamInfo = z.infer<typeof streamInfoSchema>;

export const consumerConfigSchema = z.looseObject({
  durable_name: z.string().optional(),
  deliver_subject: z.string().optional(),
  max_expires: z.number().optional(),
});

export const consumerInfoSchema = z.object({
  name: z.string(),
  created: z.string(),
  config: consumerConfigSchema,
  delivered: sequences,
  ack_floor: sequences,
  num_ack_pending: z.number().default(0),
  num_waiting: z.number().default(0),
  push_bound: z.boolean().default(false),
  paused: z.boolean().default(false),
});
export type ConsumerInfo = z.infer<typeof consumerInfoSchema>;

/** Null: there is no stream of that name. */
export async function findStream(api: JetStream, stream: string): Promise<StreamInfo | null> {
  const reply = await api.ask(`STREAM.INFO.${stream}`, {}, streamInfoSchema);
  if (reply.ok) return reply.value;
  if (reply.error.err_code === errCodes.streamNotFound) return null;
  throw refused(reply.error);
}

/** Null: there is no consumer, or no stream, of that name. */
export async function findConsumer(
  api: JetStream,
  stream: string,
  consumer: string,
): Promise<ConsumerInfo | null> {
  const reply = await api.ask(`CONSUMER.INFO.${stream}.${consumer}`, {}, consumerInfoSchema);
  if (reply.ok) return reply.value;
  const absent: readonly number[] = [errCodes.streamNotFound, errCodes.consumerNotFound];
  if (absent.includes(reply.error.err_code)) return null;
  throw refused(reply.error);
}

export async function listConsumers(api: JetStream, stream: string): Promise<readonly ConsumerInfo[]> {
  const page = z.object({
    total: z.number(),
    consumers: z
      .array(consumerInfoSchema)
      .nullish()
      .transform((value) => value ?? []),
  });
  return await readPages(async (offset) => {
    const { total, consumers } = await api.tell(`CONSUMER.LIST.${stream}`, { offset }, page);
    return { total, items: consumers };
  });
}

export async function listStreams(api: JetStream): Promise<readonly StreamInfo[]> {
  const page = z.object({
    total: z.number(),
    streams: z
      .array(streamInfoSchema)
      .nullish()
      .transform((value) => value ?? []),
  });
  return await readPages(async (offset) => {
    const { total, streams } = await api.tell("STREAM.LIST", { offset }, page);
    return { total, items: streams };
  });
}

async function readPages<T>(
  read: (offset: number) => Promise<{ readonly total: number; readonly items: readonly T[] }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const { total, items } = await read(all.length);
    all.push(...items);
    if (items.length === 0 || all.length >= total) return all;
  }
}
