import type { ServerRefusal } from "../../backend.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { done, refused } from "./api.ts";
import type { JetStream } from "./api.ts";
import {
  fencedConsumerConfig,
  fencedStreamConfig,
  isConsumerFenced,
  isInUse,
  isStreamFenced,
} from "./fenced-config.ts";
import { findStream, listConsumers, streamInfoSchema } from "./infos.ts";
import type { ConsumerInfo } from "./infos.ts";
import { explainGivingBack } from "./restore-snapshot.ts";
import { isDurable } from "./saved.ts";
import type { Saved } from "./saved.ts";

/** Paused until then: JetStream knows no pause without an end. */
const never = "2200-01-01T00:00:00Z";

/**
 * Puts the fence up, or finishes it. Consumers first: behind the stream's new subject those with a filter can no longer be updated.
 * Throws `TargetRefused` where the stream is another one by now, or is being read and may not be taken from its readers.
 */
export async function fenceStream(
  api: JetStream,
  saved: Saved,
  options: { readonly force: boolean },
): Promise<void> {
  const info = await findStream(api, saved.stream);
  if (info === null || info.created !== saved.created) throw new TargetRefused(notTheSame(saved.stream));
  const consumers = (await listConsumers(api, saved.stream)).filter(
    ({ name }) => saved.consumer === null || name === saved.consumer,
  );
  for (const consumer of consumers) {
    const refusal = judgeConsumer(consumer, saved, options);
    if (refusal !== null) throw new TargetRefused(refusal);
  }
  for (const consumer of consumers) await stopConsumer(api, consumer, saved);
  if (saved.consumer !== null || isStreamFenced(info, saved)) return;
  await api.tell(`STREAM.UPDATE.${saved.stream}`, fencedStreamConfig(info.config, saved), streamInfoSchema);
}

/** What stands against taking a consumer from its readers. */
function judgeConsumer(
  consumer: ConsumerInfo,
  saved: Saved,
  { force }: { readonly force: boolean },
): ServerRefusal | null {
  if (!isDurable(consumer)) return isInUse(consumer) && !force ? beingRead(consumer, saved) : null;
  const known = saved.consumers.find(({ name }) => name === consumer.name);
  if (known === undefined || known.created !== consumer.created)
    return {
      code: "consumer-changed",
      message: `consumer ${consumer.name} of ${saved.stream} was made since it was looked at`,
      hint: "ask again",
      isPassing: true,
    };
  if (isConsumerFenced(consumer, saved) || !isInUse(consumer)) return null;
  return force && saved.stop === "pause" ? null : beingRead(consumer, saved);
}

/** The no of a stream in use, as 55006 is PostgreSQL's. */
export function beingRead(consumer: ConsumerInfo, saved: Pick<Saved, "stream" | "stop">): ServerRefusal {
  const who = consumer.push_bound ? "a subscriber" : `${consumer.num_waiting} waiting pulls`;
  const hint =
    saved.stop === "pause" || !isDurable(consumer)
      ? "stop its readers, or ask with force"
      : "stop its readers: a server before 2.11 cannot take a durable consumer from them";
  return {
    code: "consumer-in-use",
    message: `consumer ${consumer.name} of ${saved.stream} is being read by ${who}`,
    hint,
    isPassing: true,
  };
}

async function stopConsumer(api: JetStream, consumer: ConsumerInfo, saved: Saved): Promise<void> {
  const { stream } = saved;
  if (!isDurable(consumer)) {
    await api.ask(`CONSUMER.DELETE.${stream}.${consumer.name}`, {}, done);
    return;
  }
  if (isConsumerFenced(consumer, saved)) return;
  if (saved.stop === "pause") {
    await api.tell(`CONSUMER.PAUSE.${stream}.${consumer.name}`, { pause_until: never }, done);
    return;
  }
  await updateConsumer(api, stream, fencedConsumerConfig(consumer, saved));
}

/** Takes the fence down: the stream's own configuration first, since the filters of its consumers must fit it. */
export async function unfence(api: JetStream, saved: Saved): Promise<void> {
  if (saved.consumer === null) {
    const reply = await api.ask(`STREAM.UPDATE.${saved.stream}`, saved.config, streamInfoSchema);
    if (!reply.ok) throw explainGivingBack(reply.error, saved.stream);
  }
  await giveConsumersBack(api, saved);
}

/** Gives every consumer that is there its own configuration, and lets it go on. */
export async function giveConsumersBack(api: JetStream, saved: Saved): Promise<void> {
  for (const consumer of await listConsumers(api, saved.stream)) {
    const before = saved.consumers.find(({ name }) => name === consumer.name);
    if (before === undefined) continue;
    if (consumer.paused && !before.paused)
      await api.tell(`CONSUMER.PAUSE.${saved.stream}.${consumer.name}`, {}, done);
    if (saved.stop === "bind") await updateConsumer(api, saved.stream, before.config);
  }
}

/** Makes a durable consumer, or gives one another configuration. Throws the server's own no. */
export async function updateConsumer(
  api: JetStream,
  stream: string,
  config: ConsumerInfo["config"],
): Promise<void> {
  const reply = await api.ask(
    `CONSUMER.DURABLE.CREATE.${stream}.${config.durable_name ?? ""}`,
    { stream_name: stream, config },
    done,
  );
  if (!reply.ok) throw refused(reply.error);
}

export function notTheSame(stream: string): ServerRefusal {
  return {
    code: "identity-changed",
    message: `stream ${stream} is not the one that this drop is about: it was made again, or is gone`,
    hint: "ask for a new drop of what is there now",
    isPassing: false,
  };
}
