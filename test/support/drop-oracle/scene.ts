import { createKnownFunctions } from "../../../src/proxy/adapters/known-functions.ts";
import { judgeStartupOptions } from "../../../src/destruction/sql/wire/judge-startup-options.ts";
import { recogniserOf } from "../../../src/proxy/sessions/postgres/recogniser-of.ts";
import { chooseAction } from "../../../src/proxy/policy/choose-action.ts";
import type { Settled, Sighting } from "../../../src/proxy/sessions/ports.ts";
import type { ScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { sqlParser } from "../../../src/postgres/parse-sql.ts";
import { openGate, startTestProxy } from "../postgres-session.ts";
import { toldDecider } from "../wire-decider.ts";
import type { ToldDecider } from "../wire-decider.ts";
import type { Write } from "./messages.ts";
import { isSame, lossesBetween, readCatalog } from "./catalog.ts";
import type { Catalog } from "./catalog.ts";
import { converse } from "./converse.ts";
import { clearing, rebuilding } from "./template.ts";

export interface Trial {
  readonly losses: readonly string[];
  /** Type and body of each answer behind the startup's, without keys. */
  readonly answers: readonly string[];
  readonly sightings: readonly Sighting[];
  readonly outcomes: readonly Settled["outcome"][];
}

/**
 * How a case reaches the server. `audited`: all is let through, told and followed; `held`: the same once it was approved; `denied`: whatever is
 * sighted is refused; `usual`: as the policy says where no rule speaks of it.
 */
export type Way = "direct" | "audited" | "held" | "denied" | "usual";

export interface Client {
  /** The cluster's superuser, or the owner of the database `shop` and of nothing else. */
  readonly who: "admin" | "owner";
  readonly startup?: Readonly<Record<string, string>>;
}

/** Whether the policy's defaults stop it. Pure. */
export function isStopped(sighting: Sighting): boolean {
  const { isAdmin } = sighting.speaker;
  const { action } = chooseAction(sighting, { rules: [] }, { isAdmin, protect: () => null });
  return action === "deny" || action === "hold";
}

const sayings: Readonly<Record<Exclude<Way, "direct">, ToldDecider["say"]>> = {
  audited: () => "forward",
  held: () => new Promise((resolve) => setImmediate(() => resolve("forward"))),
  denied: () => "refuse",
  usual: (sighting) => (isStopped(sighting) ? "refuse" : "forward"),
};

export interface Scene extends AsyncDisposable {
  trial(client: Client, writes: readonly Write[], way: Way, seed: number): Promise<Trial>;
}

/** A cluster whose database `shop` and whatever stands beside it are as they were at the begin of every trial. */
export async function openScene(cluster: ScratchCluster): Promise<Scene> {
  const { settings } = cluster;
  const [host] = settings.hosts;
  const path = `${host?.host}/.s.PGSQL.${host?.port}`;
  const names = { admin: settings.user, owner: "owner" };
  const admin = await connect(settings, { applicationName: "oracle" });
  await admin.sql.unsafe("create role owner login");
  const parse = await sqlParser();
  const asOf = async (): Promise<Catalog> => await readCatalog(admin, settings, "shop");

  async function resetShop(): Promise<void> {
    const databases = await admin.sql.unsafe("select from pg_database where datname = 'shop'");
    if (databases.length === 0) await admin.sql.unsafe("create database shop template template0 owner owner");
    await using inside = await connect({ ...settings, database: "shop" }, { applicationName: "oracle" });
    await inside.sql.unsafe(rebuilding.join(";\n"));
  }

  async function resetCluster(): Promise<void> {
    for (const each of clearing) await admin.sql.unsafe(each);
  }

  await resetShop();
  await resetCluster();
  const pristine = await asOf();
  let now = pristine;
  const known = await createKnownFunctions(settings)("shop");
  const recognisers = {
    admin: recogniserOf({ parse, isAdmin: true, knownFunctions: known }),
    owner: recogniserOf({ parse, isAdmin: false, knownFunctions: null }),
  };

  return {
    async trial({ who, startup = {} }, writes, way, seed) {
      if (!isSame(now, pristine)) {
        await resetShop();
        now = await asOf();
      }
      if (!isSame(now, pristine)) {
        await resetCluster();
        now = await asOf();
        if (!isSame(now, pristine)) throw new Error(`not as it was: ${lossesBetween(pristine, now).join()}`);
      }
      const parameters = { user: names[who], database: "shop", ...startup };
      const decider = toldDecider(sayings[way === "direct" ? "denied" : way]);
      let answers: readonly string[];
      if (way === "direct") answers = await converse({ path }, parameters, writes, null);
      else {
        await using proxy = await startTestProxy({
          server: { kind: "unix", path },
          decider,
          gate: { ...openGate, admit: () => ({ kind: "admitted", isAdmin: who === "admin" }) },
          context: {
            recogniserFor: () => Promise.resolve(recognisers[who]),
            readStartup: judgeStartupOptions,
          },
        });
        answers = await converse({ port: proxy.port }, parameters, writes, seed);
      }
      now = await asOf();
      return {
        losses: lossesBetween(pristine, now),
        answers,
        sightings: decider.sightings,
        outcomes: decider.settled.map(({ outcome }) => outcome),
      };
    },
    [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose](),
  };
}
