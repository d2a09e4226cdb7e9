import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { appendRows, chainDatabase } from "./chain-database.ts";
import type { ChainDatabase } from "./chain-database.ts";
import { dsnOf } from "./run-custody.ts";
import { ran, signerIn } from "./signer.ts";
import type { Ran, Signer } from "./signer.ts";

let count = 0;

export interface PruneScene extends AsyncDisposable {
  readonly chain: ChainDatabase;
  readonly folder: string;
  readonly signer: Signer;
  sign(out: string): Promise<Ran>;
  prune(given: Parameters<typeof prune>[3]): Promise<Ran>;
  verify(...checkpoints: string[]): Promise<Ran>;
  rows(): Promise<number>;
  /** What is in the folder beside keys, checkpoints and state. */
  leftovers(): readonly string[];
}

/** A chain of its own with so many rows, a key, and a folder below `parent` for both. */
export async function pruneScene(cluster: ScratchCluster, parent: string, rows: number): Promise<PruneScene> {
  const chain = await chainDatabase(cluster);
  const name = `s${++count}`;
  const folder = join(parent, name);
  mkdirSync(folder);
  const signer = await signerIn(folder, name);
  await appendRows(chain.owner, rows);
  return {
    chain,
    folder,
    signer,
    sign: (out) => signer.checkpoint(chain.settings, `${out}.checkpoint`),
    prune: (given) =>
      prune(folder, signer, chain.settings, {
        ...given,
        checkpoints: given.checkpoints.map((each) => `${each}.checkpoint`),
      }),
    verify: (...checkpoints) =>
      signer.verify(
        chain.settings,
        checkpoints.map((each) => `${each}.checkpoint`),
      ),
    async rows() {
      const [row] = await chain.sql`select count(*)::int as n from audit_events`;
      return Number(row!["n"]);
    },
    leftovers: () =>
      readdirSync(folder).filter(
        (each) => !each.startsWith(name) && !/\.checkpoint(?:\.identity)?$/.test(each),
      ),
    [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
  };
}

/** Prunes a chain with the signer's checkpoints, all of whose files are in one folder. */
export async function prune(
  folder: string,
  signer: Signer,
  settings: ConnectionSettings,
  given: {
    readonly before?: string;
    readonly checkpoints: readonly string[];
    readonly archive?: string;
    readonly flags?: readonly string[];
  },
): Promise<Ran> {
  return ran(
    "chain",
    "prune",
    "--db-url",
    dsnOf(settings),
    "--state",
    signer.state,
    "--before",
    given.before ?? "2100-01-01",
    "--public-key",
    `${signer.key}.pub`,
    ...given.checkpoints.flatMap((each) => ["--checkpoint", join(folder, each)]),
    ...(given.archive === undefined ? [] : ["--archive", join(folder, given.archive)]),
    ...(given.flags ?? []),
  );
}
