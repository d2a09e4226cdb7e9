import type { ConsumerInfo, StreamConfig, StreamInfo } from "./infos.ts";
import type { Saved } from "./saved.ts";

/** A pull that waits at all is refused by the server (409) with this, the smallest bound that it takes; in nanoseconds. */
const shortestWait = 1_000_000;

/**
 * A stream as the fence leaves it: it listens on one subject that nobody knows, ages no message, answers no direct get, and takes
 * nothing from other streams. All of it can be taken back; sealing and `deny_delete` could not.
 */
export function fencedStreamConfig(config: StreamConfig, saved: Saved): StreamConfig {
  const { sources: _sources, republish, ...kept } = config;
  return {
    ...kept,
    // Before 2.10 republishing can neither be changed nor stand without its subjects: inspection refuses such a stream.
    ...(saved.changesRepublish || republish === undefined ? {} : { republish }),
    subjects: [saved.tombSubject],
    max_age: 0,
    allow_direct: false,
  };
}

/**
 * A consumer behind the fence where the server cannot pause: it delivers where nobody listens, or refuses pulls that wait. Neither
 * touches what was delivered and acknowledged. Not below the stream's own new subject: it would feed itself.
 */
export function fencedConsumerConfig(consumer: ConsumerInfo, saved: Saved): ConsumerInfo["config"] {
  const { config, name } = consumer;
  return isPush(consumer)
    ? { ...config, deliver_subject: voidSubject(saved, name) }
    : { ...config, max_expires: shortestWait };
}

export function isStreamFenced({ config }: StreamInfo, saved: Saved): boolean {
  return config.subjects?.length === 1 && config.subjects[0] === saved.tombSubject;
}

export function isConsumerFenced(consumer: ConsumerInfo, saved: Saved): boolean {
  if (saved.stop === "pause") return consumer.paused;
  const { config, name } = consumer;
  return isPush(consumer)
    ? config.deliver_subject === voidSubject(saved, name)
    : config.max_expires === shortestWait;
}

/** As an undo restores it: nothing ages while it is compared, and until it was it says so. */
export function uncomparedConfig(saved: Saved): StreamConfig {
  return { ...saved.config, max_age: 0, description: uncomparedWords(saved) };
}

export function isUncompared({ config }: StreamInfo, saved: Saved): boolean {
  return config.description === uncomparedWords(saved);
}

function uncomparedWords({ tombSubject }: Saved): string {
  return `custody restores this stream, and has not compared it yet: ${tombSubject}`;
}

/** Whether somebody reads from it now. */
export function isInUse(consumer: ConsumerInfo): boolean {
  return consumer.push_bound || consumer.num_waiting > 0;
}

function isPush({ config }: ConsumerInfo): boolean {
  return config.deliver_subject !== undefined && config.deliver_subject !== "";
}

function voidSubject(saved: Saved, name: string): string {
  return `${saved.tombSubject.replace(/^custody_tomb/, "custody_void")}.${name}`;
}
