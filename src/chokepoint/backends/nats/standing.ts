import type { Standing, StandingFacts } from "../../backend.ts";
import type { JsonObject } from "../../drop.ts";
import type { JetStream } from "./api.ts";
import { isConsumerFenced, isStreamFenced } from "./fenced-config.ts";
import { findConsumer, findStream, listConsumers } from "./infos.ts";
import type { Saved } from "./saved.ts";

/** Where the stream, or the consumer, of a drop stands: told by the time at which it was made, never by its name. */
export async function readStanding(api: JetStream, saved: Saved): Promise<StandingFacts> {
  return saved.consumer === null
    ? await standingOfStream(api, saved)
    : await standingOfConsumer(api, saved, saved.consumer);
}

async function standingOfStream(api: JetStream, saved: Saved): Promise<StandingFacts> {
  const info = await findStream(api, saved.stream);
  if (info === null) return gone({ stream: saved.stream, found: null });
  if (info.created !== saved.created) return gone({ stream: saved.stream, found: info.created });
  const consumers = (await listConsumers(api, saved.stream)).filter(({ name }) =>
    saved.consumers.some((each) => each.name === name),
  );
  const fences = [
    isStreamFenced(info, saved),
    ...consumers.map((consumer) => isConsumerFenced(consumer, saved)),
  ];
  return {
    standing: judgeFences(fences),
    witness: {
      stream: saved.stream,
      created: info.created,
      subjects: info.config.subjects ?? [],
      messages: info.state.messages,
      last_seq: info.state.last_seq,
    },
  };
}

async function standingOfConsumer(api: JetStream, saved: Saved, name: string): Promise<StandingFacts> {
  const found = await findConsumer(api, saved.stream, name);
  const before = saved.consumers.find((each) => each.name === name);
  const witness = { stream: saved.stream, consumer: name, found: found?.created ?? null };
  if (found === null || before === undefined || found.created !== before.created) return gone(witness);
  return { standing: judgeFences([isConsumerFenced(found, saved)]), witness };
}

function judgeFences(fences: readonly boolean[]): Standing {
  if (fences.every(Boolean)) return "fenced";
  return fences.some(Boolean) ? "fencing" : "intact";
}

function gone(witness: JsonObject): StandingFacts {
  return { standing: "gone", witness };
}
