import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { testInstallation } from "./cluster.ts";
import { makeDropScene } from "./drop-scene.ts";
import type { DropScene } from "./drop-scene.ts";
import { dsnOf } from "./run-custody.ts";
import { makeServer } from "./server-process.ts";
import type { TestServer } from "./server-process.ts";
import { fillDisk, mountSmallDisk } from "./small-disk.ts";
import { ageKey } from "./tombstones.ts";

/** What fails in the middle of a drop, and for how long once the drop goes on. */
export const faults = {
  /** Its connections are lost; it is back before anybody asks. */
  "ledger-blinks": { lastsMs: 0 },
  "ledger-down": { lastsMs: 1500 },
  /** Longer than custody waits for an answer of its ledger (8 s). */
  "ledger-frozen": { lastsMs: 10_000 },
  /** `kill -9` of the postmaster of the cluster that is custody's own: it starts it again itself. */
  "own-ledger-killed": { lastsMs: 0 },
  "target-blinks": { lastsMs: 0 },
  "target-down": { lastsMs: 1500 },
  "target-frozen": { lastsMs: 1500 },
  "tombstones-full": { lastsMs: 1500 },
  "proof-full": { lastsMs: 1500 },
} as const;

export type FaultName = keyof typeof faults;

export const policies = {
  kept: "mode: required, retention: 1h",
  purged: "mode: required, retention: 0s, keep: 1h",
  "at-once": "mode: off",
} as const;

export type PolicyName = keyof typeof policies;

/** Servers and disks of its own, on which one drop after the other meets its fault. */
export interface FaultScene extends AsyncDisposable {
  readonly home: string;
  /** For TMPDIR: what proofs are made on. */
  readonly proofs: string;
  readonly target: DropScene;
  readonly targetSettings: ConnectionSettings;
  configOf(policy: PolicyName, fault: FaultName): string;
  /** Where the ledger of such a run can be read. */
  ledgerOf(fault: FaultName): ConnectionSettings;
  /** The fault is there when this resolves; disposing ends it. `nth` says how much room a full disk still has. */
  begin(fault: FaultName, nth: number): Promise<AsyncDisposable>;
}

/** Below a folder that is made; the caller may mount. */
export async function makeFaultScene(home: string): Promise<FaultScene> {
  mkdirSync(home);
  chmodSync(home, 0o755);
  await using stack = new AsyncDisposableStack();
  const [target, ledger] = [await startServer(stack), await startServer(stack)];
  const [tombstones, proofs] = [join(home, "t"), join(home, "p")];
  stack.use(mountSmallDisk(tombstones, "48m"));
  stack.use(mountSmallDisk(proofs, "256m"));
  chmodSync(proofs, 0o1777);
  const { identity, recipient } = await ageKey();
  writeFileSync(join(home, "key"), `${identity}\n`, { mode: 0o600 });
  const own = join(home, "own");
  const configs = new Map<string, string>();
  const scenes: DropScene[] = [];
  for (const [name, policy] of Object.entries(policies)) {
    const sealed =
      name === "at-once" ? "" : `, recipients: [${recipient}], identities: ["file:${join(home, "key")}"]`;
    const scene = await makeDropScene(target, {
      folder: home,
      name: `unused_${name}`,
      target: [
        `tombstone: { ${policy}, dir: ${tombstones}${sealed} }`,
        "breaker: { cooldown: 1s, volume: { drops: 100000, per: 1h } }",
      ],
    });
    scenes.push(scene);
    const text = (await readFile(scene.config, "utf8")).replace(/^ {4}breaker: \{ volume.*\n/m, "");
    const elsewhere = text.replace(
      /^ledger:.*$/m,
      `ledger: { url: ${JSON.stringify(dsnOf(ledger.settings))} }`,
    );
    configs.set(`${name} elsewhere`, await written(join(home, `${name}.yaml`), elsewhere));
    const ownText = text.replace(/^ledger:.*\n/m, "").replace(/^state_dir:.*$/m, `state_dir: ${own}`);
    configs.set(`${name} own`, await written(join(home, `${name}-own.yaml`), ownText));
  }
  stack.defer(() => killPostmaster(own));
  const owned = stack.move();
  const [scene] = scenes;
  if (scene === undefined) throw new Error("no policy");
  return {
    home,
    proofs,
    target: scene,
    targetSettings: target.settings,
    configOf: (policy, fault) => configs.get(`${policy} ${isOwn(fault) ? "own" : "elsewhere"}`) ?? "",
    ledgerOf: (fault) => (isOwn(fault) ? ownLedger(own) : ledger.settings),
    async begin(fault, nth) {
      switch (fault) {
        case "ledger-blinks":
          return await blink(ledger);
        case "target-blinks":
          return await blink(target);
        case "ledger-down":
          return await down(ledger);
        case "target-down":
          return await down(target);
        case "ledger-frozen":
          return await ledger.freeze();
        case "target-frozen":
          return await target.freeze();
        case "own-ledger-killed":
          killPostmaster(own);
          return nothing;
        case "tombstones-full":
          return fillDisk(tombstones, (nth % 8) * 4096);
        case "proof-full":
          return fillDisk(proofs, (nth % 8) * (8 << 20));
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

function isOwn(fault: FaultName): boolean {
  return fault === "own-ledger-killed";
}

function ownLedger(stateDir: string): ConnectionSettings {
  const host = join(stateDir, "ledger", "run");
  return { hosts: [{ host, port: 5432 }], user: "custody", database: "custody", sslmode: "disable" };
}

async function startServer(stack: AsyncDisposableStack): Promise<TestServer> {
  const server = stack.use(await makeServer(await testInstallation()));
  await server.start();
  return server;
}

async function written(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return path;
}

async function blink(server: TestServer): Promise<AsyncDisposable> {
  await server.stop("SIGQUIT");
  await server.start();
  return nothing;
}

async function down(server: TestServer): Promise<AsyncDisposable> {
  await server.stop("SIGQUIT");
  return { [Symbol.asyncDispose]: () => server.start() };
}

function killPostmaster(stateDir: string): void {
  const pid = postmasterOf(join(stateDir, "ledger", "data", "postmaster.pid"));
  if (pid !== null) process.kill(pid, "SIGKILL");
}

function postmasterOf(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    // It was never started.
    return null;
  }
}

/** What a tenant's role logs in with, as the server keeps it. */
export async function verifierOf(settings: ConnectionSettings, tenant: string): Promise<string | null> {
  await using session = await connect(settings, { applicationName: "test" });
  const [row] = await session.sql<{ verifier: string | null }[]>`
    select rolpassword as verifier from pg_authid where rolname = ${`usr_${tenant}`}`;
  return row?.verifier ?? null;
}

/** How often each came, one a line. */
export function tally(ends: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const each of ends) counts.set(each, (counts.get(each) ?? 0) + 1);
  return Array.from(counts, ([end, count]) => `  ${end}: ${count}`).toSorted();
}

const resting = [
  "refused",
  "noop",
  "held",
  "failed",
  "unproved",
  "completed",
  "purged",
  "undone",
  "undo_failed",
];

/** States in which nobody is at such a drop. */
export function restsOf(policy: PolicyName): readonly string[] {
  return policy === "purged" ? resting.filter((each) => each !== "completed") : resting;
}
