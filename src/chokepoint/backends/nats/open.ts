import type { Environment } from "../../../postgres/connection-settings.ts";
import type { Backend, HeldTarget } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { requirePermit } from "../../permit.ts";
import type { Resource } from "../../resource.ts";
import { TargetRefused } from "../../target-refusal.ts";
import type { TargetPolicy } from "../../target-policy.ts";
import { openNatsSession } from "./connect.ts";
import type { NatsSession } from "./connect.ts";
import { readNatsUrl } from "./connection-options.ts";
import type { NatsPlace } from "./connection-options.ts";
import { destroyPlace } from "./destroy.ts";
import { fenceStream, notTheSame } from "./fence.ts";
import { findPlace, inspectPlace, judgePlace } from "./inspect.ts";
import { readInventory } from "./inventory.ts";
import { placeOf } from "./place.ts";
import { proveTombstone } from "./prove.ts";
import { makeSaved, readSaved } from "./saved.ts";
import type { Saved } from "./saved.ts";
import { markStream, requireDecidedServer } from "./server-mark.ts";
import { readStanding } from "./standing.ts";
import { writeTombstone } from "./tombstone.ts";
import { undoDrop } from "./undo.ts";

export interface NatsBackendOptions {
  readonly policy: TargetPolicy;
  /** PATH and TMPDIR are read: the proof starts a nats-server. */
  readonly env: Environment;
}

/**
 * Streams, consumers, KV buckets and object stores of one NATS account (docs/drop-nats.md). JetStream has neither a rename nor a lock:
 * the fence moves a stream off its subjects and stops its consumers, the name stays in use until the purge, and what keeps two
 * instances apart is the ledger's epoch and the time at which a stream was made.
 */
export function openNatsBackend({ policy, env }: NatsBackendOptions): Backend {
  const place = readNatsUrl(policy.url, policy.name);
  const ask = async <T>(work: (session: NatsSession) => Promise<T>): Promise<T> => {
    await using session = await openNatsSession(place, "custody");
    return await work(session);
  };
  return {
    supports: ["queue", "stream", "consumer", "kv", "object-store"],
    hasFence: true,
    finalName: (_part, name) => name,
    // What the server keeps MQTT sessions in, and custody's own.
    reserved: ["$mqtt_msgs", "$mqtt_rmsgs", "$mqtt_sess", "$mqtt_out", "$mqtt_qos2in", markStream],
    async inspect(resource, { force }) {
      const where = placeOf(resource);
      return await ask(({ api }) => inspectPlace(api, where, policy, { force }));
    },
    hold: (dropId) => holdTarget(place, { policy, env, dropId }),
    inventory: () => ask(({ api }) => readInventory(api)),
    ping: () => ask(({ api }) => api.connection.flush()),
    close: () => Promise.resolve(),
  };
}

async function holdTarget(
  place: NatsPlace,
  { policy, env, dropId }: NatsBackendOptions & { readonly dropId: string },
): Promise<HeldTarget> {
  const session = await openNatsSession(place, `custody:${dropId}`);
  const { api, lost } = session;
  /** Of all that goes by what a plan knows of the server. */
  const there = async (plan: FencePlan): Promise<Saved> => {
    await requireDecidedServer(api, plan.identity);
    return readSaved(plan);
  };
  return {
    lost,
    async planFence(resource: Resource, identity) {
      await requireDecidedServer(api, identity);
      const where = placeOf(resource);
      const found = await findPlace(api, where);
      const consumer = found?.consumers.find(({ name }) => name === where.consumer);
      const id = consumer?.created ?? found?.info.created;
      if (found === null || id !== identity.parts[0]?.id) throw new TargetRefused(notTheSame(where.stream));
      const version = api.connection.info?.version ?? "0";
      const [refusal] = judgePlace(where, found, version, policy.tombstone.mode);
      if (refusal !== undefined) throw new TargetRefused(refusal);
      // The name stays: JetStream has no other for what is fenced.
      const fenceNames = resource.names;
      return { identity, fenceNames, saved: makeSaved(where, found, { version }, dropId), secret: null };
    },
    async fence(permit, plan, options) {
      requirePermit(permit);
      await fenceStream(api, await there(plan), options);
    },
    standing: async (plan) => await readStanding(api, await there(plan)),
    makeTombstone: async (plan, folder, progress, signal) =>
      await writeTombstone(api, await there(plan), folder, progress, AbortSignal.any([signal, lost])),
    proveTombstone: (plan, folder, progress, signal, recorded) =>
      proveTombstone(readSaved(plan), folder, env, progress, signal, recorded),
    async undo(permit, plan, from, options) {
      requirePermit(permit);
      return await undoDrop(api, await there(plan), from, options);
    },
    async destroyResource(permit, plan) {
      requirePermit(permit);
      return await destroyPlace(api, permit, await there(plan));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
