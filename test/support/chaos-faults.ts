import { setTimeout as delay } from "node:timers/promises";
import type { Link } from "./chaos-network.ts";
import type { ChaosMeans, ChaosScene } from "./chaos-scene.ts";
import { expectFailClosed, untilFailClosed } from "./fail-closed.ts";
import { rawClient } from "./raw-postgres.ts";
import type { TestServer } from "./server-process.ts";
import { fillDisk } from "./small-disk.ts";

/** A fault comes, lasts, and goes. */
type Fault = (scene: ChaosScene, lasts: () => Promise<void>) => Promise<void>;

const cut =
  (link: Link): Fault =>
  async ({ network }, lasts) => {
    await using _cut = await network.cut(link);
    await lasts();
  };

const oneWay =
  (link: Link, way: "to-proxy" | "from-proxy"): Fault =>
  async ({ network }, lasts) => {
    await using _cut = await network.cutOneWay(link, way);
    await lasts();
  };

const stopped =
  (which: "target" | "ledger", signal: "SIGINT" | "SIGQUIT"): Fault =>
  async (scene, lasts) => {
    await scene[which].stop(signal);
    if (which === "ledger") await expectFailClosed(scene);
    await lasts();
    await scene[which].start();
  };

const programs = {
  "target-killed": async ({ target }, lasts) => {
    await target.kill();
    await lasts();
    await target.start();
  },
  "target-stopped": stopped("target", "SIGINT"),
  "target-stopped-at-once": stopped("target", "SIGQUIT"),
  "target-frozen": async ({ target }, lasts) => {
    await using _frozen = await target.freeze();
    await lasts();
  },
  "target-full": async (scene, lasts) => {
    await using _crowd = await crowd(scene);
    await lasts();
  },
  "proxy-killed": async (scene, lasts) => {
    await scene.killProxy();
    await lasts();
    await scene.startProxy();
  },
  "proxy-frozen": async (scene, lasts) => {
    scene.proxy().kill("SIGSTOP");
    await lasts();
    scene.proxy().kill("SIGCONT");
  },
  "ledger-killed": async (scene, lasts) => {
    await scene.ledger.kill();
    await expectFailClosed(scene);
    await lasts();
    await scene.ledger.start();
  },
  "ledger-stopped": stopped("ledger", "SIGINT"),
  "ledger-stopped-at-once": stopped("ledger", "SIGQUIT"),
  "ledger-frozen": async (scene, lasts) => {
    await using _frozen = await scene.ledger.freeze();
    await expectFailClosed(scene);
    await lasts();
  },
} satisfies Record<string, Fault>;

const disks = {
  "ledger-full": async (scene, lasts) => {
    {
      await using _full = fillDisk(scene.ledgerDisk ?? "", 0);
      await untilFailClosed(scene);
      await lasts();
    }
    await again(scene.ledger);
  },
} satisfies Record<string, Fault>;

const cables = {
  "clients-cut": cut("clients"),
  "target-cut": cut("target"),
  "ledger-cut": (scene, lasts) =>
    cut("ledger")(scene, async () => {
      await expectFailClosed(scene);
      await lasts();
    }),
  "clients-unheard": oneWay("clients", "to-proxy"),
  "clients-unanswered": oneWay("clients", "from-proxy"),
  "target-unheard": oneWay("target", "to-proxy"),
  "target-unasked": oneWay("target", "from-proxy"),
  "ledger-unheard": oneWay("ledger", "to-proxy"),
  "ledger-unasked": oneWay("ledger", "from-proxy"),
  // Connections of which the server knows nothing any more.
  "target-half-open": async (scene, lasts) => {
    await using _cut = await scene.network.cut("target");
    await scene.target.kill();
    await lasts();
    await scene.target.start();
  },
} satisfies Record<string, Fault>;

const faults: Readonly<Record<FaultName, Fault>> = { ...programs, ...disks, ...cables };

export type FaultName = keyof typeof programs | keyof typeof disks | keyof typeof cables;

/** What can be done here. */
export function faultNames({ hasCables, hasDisk }: ChaosMeans): readonly FaultName[] {
  const named = (part: object): readonly FaultName[] => Object.keys(part) as FaultName[];
  return [...named(programs), ...(hasDisk ? named(disks) : []), ...(hasCables ? named(cables) : [])];
}

/** Does it, lets it last, and undoes it. */
export async function during(scene: ChaosScene, name: FaultName, lasts: () => Promise<void>): Promise<void> {
  await faults[name](scene, lasts);
}

/** Takes every connection that the target has left for those who are no superusers. */
async function crowd({ target, network }: ChaosScene): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const place = { host: network.target, port: target.settings.hosts[0]?.port ?? 5432 };
  for (let refusals = 0; refusals < 3;) {
    const session = { user: "app", database: "shop", application_name: "test" };
    const client = await rawClient(place, session).catch(() => null);
    if (client !== null) stack.use(client);
    else {
      refusals += 1;
      await delay(20);
    }
  }
  return stack.move();
}

/** A server that has ended itself is started; one that has not, too. */
async function again(server: TestServer): Promise<void> {
  await server.stop("SIGINT");
  await server.start();
}
