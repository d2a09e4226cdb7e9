import { OpsError } from "../../src/errors.ts";
import { setTimeout as delay } from "node:timers/promises";
import type { Backend } from "../../src/chokepoint/backend.ts";
import { createBreakers } from "../../src/chokepoint/breakers.ts";
import { openChokepoint } from "../../src/chokepoint/chokepoint.ts";
import type { RunningChokepoint } from "../../src/chokepoint/chokepoint.ts";
import type { Caller, Drop, DropRequest } from "../../src/chokepoint/drop.ts";
import { withFailpoints } from "../../src/chokepoint/failpoints.ts";
import type { Failpoint } from "../../src/chokepoint/failpoints.ts";
import type { Terminality, Tombstones } from "../../src/chokepoint/ports.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import type { TargetPolicy } from "../../src/chokepoint/target-policy.ts";
import type { z } from "zod";
import { targetSchema } from "../../src/config/target-schema.ts";
import { createMemoryServer, openMemoryBackend } from "./memory-backend.ts";
import type { MemoryServer } from "./memory-backend.ts";
import { createMemoryStore, openMemoryLedger } from "./memory-ledger.ts";
import type { MemoryStore } from "./memory-ledger.ts";

/** The world that several instances of the engine share. */
export interface World {
  readonly store: MemoryStore;
  readonly server: MemoryServer;
  readonly removed: string[];
  readonly platform: { state: string | null; isDown: boolean };
  now: Date;
  hasSpace: boolean;
  /** Somebody removed what lies in tombstone.dir. */
  isTombstoneGone: boolean;
}

export function createWorld(): World {
  const world: World = {
    store: createMemoryStore(),
    server: createMemoryServer([
      { part: "database", id: "100", name: "db_acme" },
      { part: "role", id: "101", name: "usr_acme" },
      { part: "database", id: "102", name: "db_other" },
    ]),
    removed: [],
    platform: { state: "deleted", isDown: false },
    now: new Date("2026-11-22T12:00:00Z"),
    hasSpace: true,
    isTombstoneGone: false,
  };
  world.store.clock = () => world.now;
  return world;
}

export interface Instance extends AsyncDisposable {
  readonly chokepoint: RunningChokepoint;
  readonly warnings: string[];
  readonly contradictions: string[];
  readonly bugs: unknown[];
  /** As SIGKILL would: nothing of it runs any more, its sessions are gone. */
  kill(): void;
}

/** The policy of the one target, over what the tests change of it. */
export function testPolicy(section: Partial<z.input<typeof targetSchema>> = {}): TargetPolicy {
  const given = {
    name: "customers",
    kind: "postgres",
    url: "postgres://x",
    approval: { default: "allow" },
    ...section,
  };
  return readPolicy(targetSchema.parse(given), { folder: "/", stateDir: "/state" });
}

export function startInstance(
  world: World,
  options: {
    readonly name: string;
    readonly policy?: TargetPolicy;
    readonly at?: Failpoint;
    readonly pause?: (name: string) => Promise<void>;
    /** In place of the server in memory. */
    readonly backend?: Backend;
    readonly tombstones?: Tombstones;
  },
): Instance {
  const { name, policy = testPolicy(), at = () => Promise.resolve(), pause } = options;
  const { backend = openMemoryBackend(world.server, world.store, pause), tombstones = tombstonesOf(world) } =
    options;
  const stop = new AbortController();
  const warnings: string[] = [];
  const contradictions: string[] = [];
  const bugs: unknown[] = [];
  let count = 0;
  const ports = withFailpoints(
    {
      targets: new Map([[policy.name, { policy, backend }]]),
      ledger: openMemoryLedger(world.store, name),
      tombstones,
      terminality: terminalityOf(world),
      breakers: createBreakers([policy]),
      now: () => world.now,
      newDropId: () => `${name}-${(count += 1)}`,
    },
    at,
  );
  const chokepoint = openChokepoint(ports, {
    stop: stop.signal,
    tombstonesAtOnce: 2,
    pollMs: 5,
    rounds: { look: async () => [], findings: async () => ({ findings: [], hasMore: false }) },
    warn: (message) => void warnings.push(message),
    onContradicted: (message) => void contradictions.push(message),
    onBug: (error) => void bugs.push(error),
  });
  return {
    chokepoint,
    warnings,
    contradictions,
    bugs,
    kill() {
      world.store.alive.delete(name);
      stop.abort();
      // The server notices that the connections of the dead are gone.
      world.server.locks.clear();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      if (world.store.alive.has(name)) await chokepoint.done;
    },
  };
}

function tombstonesOf(world: World): Tombstones {
  return {
    folderOf: (_, dropId) => `/tombstones/${dropId}`,
    async requireSpace() {
      await Promise.resolve();
      if (!world.hasSpace) throw noSpace();
    },
    prepare: (_, dropId) => Promise.resolve(`/tombstones/${dropId}`),
    digest: () => Promise.resolve("ab"),
    async check({ folder }) {
      await Promise.resolve();
      if (world.isTombstoneGone) throw new OpsError("file-unreadable", `${folder} is gone`, "fetch it");
    },
    encrypt: () => Promise.resolve(),
    openPlain: (_, folder) => Promise.resolve({ folder, [Symbol.asyncDispose]: () => Promise.resolve() }),
    async remove(folder) {
      await Promise.resolve();
      world.removed.push(folder);
    },
  };
}

function terminalityOf(world: World): Terminality {
  return {
    async ask() {
      await Promise.resolve();
      if (world.platform.isDown) throw new OpsError("unreachable", "no answer", "start it");
      return world.platform.state;
    },
  };
}

function noSpace(): OpsError {
  return new OpsError("no-space", "12 MB are free, 300 MB are needed", "make room");
}

export const provisioner: Caller = { name: "provisioner", person: null, peer: "127.0.0.1", protocol: "http" };

export function person(name: string, token = `${name}-token`): Caller {
  return { name: token, person: name, peer: "127.0.0.1", protocol: "http" };
}

export function dropRequest(
  given: Partial<Omit<DropRequest, "intent">> & { readonly intent?: Partial<DropRequest["intent"]> } = {},
): DropRequest {
  return {
    target: "customers",
    resourceType: "postgres",
    providerResourceId: "db_acme",
    token: "acme",
    requestId: "r1",
    ...given,
    intent: {
      reason: "the customer left",
      requestedBy: null,
      names: { role: "usr_acme" },
      resourceStatus: null,
      notAfter: null,
      force: false,
      statementFingerprint: null,
      ...given.intent,
    },
  };
}

/** Waits until the drop is in one of the states. */
export async function untilState(world: World, dropId: string, states: readonly string[]): Promise<Drop> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const drop = world.store.drops.get(dropId);
    if (drop !== undefined && states.includes(drop.state)) return drop;
    if (performance.now() > deadline)
      throw new Error(
        `drop ${dropId} is ${drop?.state ?? "not there"}, not ${states.join(" or ")}: ${drop?.error ?? ""}`,
      );
    await delay(2);
  }
}

export function actionsOf(world: World, dropId: string): readonly string[] {
  return world.store.events.filter((each) => each.dropId === dropId).map((each) => each.action);
}
