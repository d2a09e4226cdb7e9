import { afterAll } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { run, startTestCluster } from "./cluster.ts";
import { startMongoPeer } from "./mongo-peer.ts";
import type { MongoPeer } from "./mongo-peer.ts";
import { startNats } from "./nats-server.ts";
import type { NatsServer } from "./nats-server.ts";
import { startRedis } from "./redis-server.ts";
import type { TestRedis } from "./redis-server.ts";
import { dsnOf } from "./run-custody.ts";
import { startWireScene } from "./wire-scene.ts";
import type { WireScene } from "./wire-scene.ts";

type Section = Readonly<Record<string, unknown>>;

export const otherKinds = ["redis", "nats", "mongo"] as const;
type OtherKind = (typeof otherKinds)[number];

/** A Redis, a NATS and a stand-in for MongoDB, each a target by the name of its kind, and a proxy before them. */
export interface WireOthers {
  readonly redis: TestRedis;
  readonly nats: NatsServer;
  /** No registry has a server: the drivers are the real ones. */
  readonly mongo: MongoPeer;
  readonly ledger: ConnectionSettings;
  readonly home: string;
  readonly scene: WireScene;
}

/** Ended after the last test of the file: await it at its top level. `target`: more of its section; a listener's target and protocol are its kind's. */
export async function startWireOthers(sections: {
  readonly target?: (kind: OtherKind) => Section;
  readonly listeners: (kind: OtherKind) => readonly Section[];
  /** As of `startWireScene`. */
  readonly program?: string;
}): Promise<WireOthers> {
  const cluster = await startTestCluster(15);
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());
  const home = mkdtempSync(join(tmpdir(), "wire-others-"));
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  chmodSync(home, 0o755);
  const redis = stack.use(await startRedis());
  const nats = stack.use(await startNats());
  const mongo = stack.use(await startMongoPeer());
  const ledger = { ...cluster.settings, database: "ledger" };
  await run(cluster, "create database ledger template template0");
  const urls = { redis: redis.url(), nats: nats.url, mongo: mongo.url };
  const scene = stack.use(
    await startWireScene({
      home,
      ...(sections.program === undefined ? {} : { program: sections.program }),
      ledger: dsnOf(ledger),
      targets: otherKinds.map((kind) => ({ name: kind, kind, url: urls[kind], ...sections.target?.(kind) })),
      listeners: otherKinds.flatMap((kind) =>
        sections.listeners(kind).map((each) => ({ target: kind, protocol: kind, ...each })),
      ),
    }),
  );
  return { redis, nats, mongo, ledger, home, scene };
}
