import { generateIdentity, identityToRecipient } from "age-encryption";
import { compareWithTombstone } from "../../src/backup/tombstone/compare.ts";
import type { TombstoneProof } from "../../src/backup/tombstone/conclude.ts";
import { makeTombstone } from "../../src/backup/tombstone/make.ts";
import type { MakeTombstone, TombstoneDraft } from "../../src/backup/tombstone/make.ts";
import { proveTombstone } from "../../src/backup/tombstone/prove.ts";
import type { ProveTombstone } from "../../src/backup/tombstone/prove.ts";
import { restoreTombstone } from "../../src/backup/tombstone/restore.ts";
import type { RestoredTombstone, RestoreTombstone } from "../../src/backup/tombstone/restore.ts";
import type { LeftBehind } from "../../src/backup/restore.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

export const dropName = "custody:0198c1d2-7c1e-7000-8000-000000000001";

const common = {
  jobs: 2,
  env: process.env,
  signal: new AbortController().signal,
  applicationName: dropName,
};

/** Of the settings' own database, by default. */
export async function make(
  settings: ConnectionSettings,
  folder: string,
  change: Partial<MakeTombstone> = {},
): Promise<TombstoneDraft> {
  return await makeTombstone({ ...common, settings, database: settings.database, folder, ...change });
}

export async function proveAt(folder: string, change: Partial<ProveTombstone> = {}): Promise<TombstoneProof> {
  return await proveTombstone({ ...common, folder, ...change });
}

/** Restores under a name, and fails when anything was left behind. */
export async function restoreAs(
  settings: ConnectionSettings,
  folder: string,
  database: string,
  change: Partial<RestoreTombstone> = {},
): Promise<RestoredTombstone> {
  const left: LeftBehind[] = [];
  const onLeftBehind = (each: LeftBehind): void => void left.push(each);
  try {
    return await restoreTombstone({ ...common, settings, folder, database, onLeftBehind, ...change });
  } finally {
    requireNothing(left);
  }
}

function requireNothing(left: readonly LeftBehind[]): void {
  if (left.length > 0) throw new Error(`left behind: ${JSON.stringify(left)}`);
}

export async function compareAt(
  settings: ConnectionSettings,
  folder: string,
  database: string,
): Promise<TombstoneProof> {
  return await compareWithTombstone({ ...common, settings, folder, database });
}

/** A key of age's, and its public part. */
export async function ageKey(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const identity = await generateIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** What of a proof says no, in one line each. */
export function told({ differences }: TombstoneProof): string[] {
  return differences.map(({ stage, kind, object, detail }) => `${stage} ${kind} ${object}: ${detail}`);
}
