import type { Environment } from "../../../postgres/connection-settings.ts";
import type { Backend, HeldTarget, Inspection } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { requirePermit } from "../../permit.ts";
import { requireSameServer } from "../../require-same-server.ts";
import { TargetRefused } from "../../target-refusal.ts";
import type { TargetPolicy } from "../../target-policy.ts";
import { eyesOf } from "../../statements/eyes-of.ts";
import { endOperations, openMongoSession, requireMongoUrl } from "./connect.ts";
import type { MongoSession } from "./connect.ts";
import { dropResource } from "./destroy.ts";
import { explained } from "./explain-mongo.ts";
import { putFenceUp } from "./fence.ts";
import { findResource, identityOf } from "./find-resource.ts";
import { inspectResource } from "./inspect.ts";
import { readInventory } from "./inventory.ts";
import { refuseDestroyer } from "./may-destroy.ts";
import { placeOf } from "./place.ts";
import { proveTombstone } from "./prove.ts";
import { makeSaved, makeSecret, readSaved } from "./saved.ts";
import type { Saved } from "./saved.ts";
import { readStanding } from "./standing.ts";
import { systemIdentifierOf } from "./system-identifier.ts";
import { writeTombstone } from "./tombstone.ts";
import { undoDrop } from "./undo.ts";
import { readCredentials } from "./users.ts";

export interface MongoBackendOptions {
  readonly policy: TargetPolicy;
  /** PATH and TMPDIR are read: the proof starts a mongod where there is one. */
  readonly env: Environment;
}

/**
 * Databases and users of one MongoDB deployment (docs/drop-mongo.md). MongoDB renames no database and has no locks: the fence takes every
 * role that reaches a database, the names stay in use until the purge, and what keeps two instances apart is the ledger's epoch, the ids of
 * users and the UUIDs of collections.
 */
export function openMongoBackend({ policy, env }: MongoBackendOptions): Backend {
  requireMongoUrl(policy.url);
  const ask = async <T>(work: (session: MongoSession) => Promise<T>): Promise<T> => {
    await using session = await openMongoSession(policy.url, "custody");
    return await work(session);
  };
  const backend: Backend = {
    supports: ["mongo", "mongo-database", "mongo-user"],
    hasFence: true,
    finalName: (_part, name) => name,
    reserved: ["admin", "local", "config", "$external", "root", "__system"],
    inspect: (resource): Promise<Inspection> => ask((session) => inspectResource(session, placeOf(resource))),
    hold: (dropId) => holdTarget({ policy, env, dropId }),
    inventory: () => ask(readInventory),
    ping: () =>
      ask(async ({ client }) => {
        await explained(() => client.db("admin").command({ ping: 1 }));
      }),
    close: () => Promise.resolve(),
  };
  return {
    ...backend,
    statements: {
      ...eyesOf(backend),
      refuseDestroyer: (subject, names, database) =>
        ask((session) => refuseDestroyer(session, subject, names, database)),
    },
  };
}

async function holdTarget({
  policy,
  env,
  dropId,
}: MongoBackendOptions & { readonly dropId: string }): Promise<HeldTarget> {
  const name = `custody:${dropId}`;
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await openMongoSession(policy.url, name));
  await endOperations(session, name);
  return held(session, env, stack.move());
}

function held(session: MongoSession, env: Environment, owned: AsyncDisposable): HeldTarget {
  const { lost } = session;
  /** Of all that goes by what a plan knows of the server. The driver connects again by itself, so it is asked each time. */
  const there = async (plan: FencePlan): Promise<Saved> => {
    requireSameServer(await systemIdentifierOf(session), plan.identity);
    return readSaved(plan);
  };
  return {
    lost,
    async planFence(resource, identity) {
      const found = await findResource(session, placeOf(resource));
      const now = await identityOf(session, found);
      requireSameServer(now.systemIdentifier, identity);
      const ids = (parts: typeof identity.parts): string =>
        parts.map(({ part, id }) => `${part}:${id}`).join();
      if (ids(now.parts) !== ids(identity.parts))
        throw new TargetRefused({
          code: "identity-changed",
          message: "what is there is not what the drop was decided on",
          hint: "ask for a new drop of what is there now",
          isPassing: false,
        });
      return {
        identity,
        // The names stay: MongoDB has no others for what is fenced.
        fenceNames: resource.names,
        saved: makeSaved(found),
        secret: makeSecret(await readCredentials(session, found.users)),
      };
    },
    async fence(permit, plan) {
      requirePermit(permit);
      await putFenceUp(session, await there(plan));
    },
    standing: async (plan) => await readStanding(session, await there(plan)),
    makeTombstone: async (plan, folder, progress, signal) =>
      await writeTombstone(session, await there(plan), folder, progress, AbortSignal.any([signal, lost])),
    proveTombstone: (plan, folder, progress, signal, recorded) =>
      proveTombstone(session, plan, folder, env, progress, AbortSignal.any([signal, lost]), recorded),
    async undo(permit, plan, from, options) {
      requirePermit(permit);
      await there(plan);
      return await undoDrop(session, plan, from, options);
    },
    async destroyResource(permit, plan) {
      requirePermit(permit);
      return await dropResource(session, permit, await there(plan));
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
