import { z } from "zod";
import type { FencePlan, JsonObject } from "../../drop.ts";
import type { ConsumerInfo, StreamInfo } from "./infos.ts";
import { consumerInfoSchema, streamConfigSchema, streamStateSchema } from "./infos.ts";
import type { Place } from "./place.ts";

const savedSchema = z.object({
  stream: z.string(),
  consumer: z.string().nullable(),
  created: z.string(),
  /** The only subject that the fenced stream listens on. */
  tombSubject: z.string(),
  /** How its consumers are stopped: `pause` where the server can (2.11), else `bind`. */
  stop: z.enum(["pause", "bind"]),
  /** Whether the server lets `republish` be changed (2.10). */
  changesRepublish: z.boolean(),
  config: streamConfigSchema,
  state: streamStateSchema,
  /** Durable ones: the others hold nothing that could be given back. */
  consumers: z.array(consumerInfoSchema),
});

/** What a fence plan of this backend keeps, and undo gives back. */
export type Saved = z.infer<typeof savedSchema>;

export function readSaved(plan: FencePlan): Saved {
  return savedSchema.parse(plan.saved);
}

export function makeSaved(
  place: Place,
  found: { readonly info: StreamInfo; readonly consumers: readonly ConsumerInfo[] },
  server: { readonly version: string },
  dropId: string,
): JsonObject {
  const saved: Saved = {
    ...place,
    created: found.info.created,
    tombSubject: `custody_tomb.${dropId}`,
    stop: isAtLeast(server.version, 2, 11) ? "pause" : "bind",
    changesRepublish: isAtLeast(server.version, 2, 10),
    config: found.info.config,
    state: found.info.state,
    consumers: found.consumers.filter(
      (each) => isDurable(each) && (place.consumer === null || each.name === place.consumer),
    ),
  };
  // What arrived as JSON is JSON: this drops what is undefined.
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(saved)));
}

export function isDurable({ config }: ConsumerInfo): boolean {
  return config.durable_name !== undefined && config.durable_name !== "";
}

export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split(".").map((each) => Number.parseInt(each, 10));
  return first > major || (first === major && second >= minor);
}
