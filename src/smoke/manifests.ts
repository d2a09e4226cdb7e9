import type { Fingerprint } from "../backup/fingerprint.ts";
import type { Manifest } from "../backup/manifest.ts";
import { OpsError } from "../errors.ts";
import type { Backup } from "./back-up.ts";
import { chainPhase } from "./describe.ts";
import type { ChainPhase, SmokeEvent } from "./events.ts";
import { fromManifestChain, toManifestChain } from "../backup/proof/manifest-chain.ts";
import type { ChainReading } from "../backup/proof/readings.ts";
import type { SmokePorts } from "./ports.ts";

/** A manifest in the terms of a proof. */
export interface ReadManifest {
  readonly path: string;
  readonly expected: Fingerprint;
  readonly archive: Manifest["archive"];
  readonly chain: ChainReading | null;
  readonly pre: ChainPhase;
}

export async function* readManifest(
  path: string | null,
  ports: SmokePorts,
): AsyncGenerator<SmokeEvent, ReadManifest> {
  if (path === null) throw new Error("a proof by manifest has one");
  const manifest = await ports.files.readManifest(path);
  yield { type: "manifest-read", path };
  const chain = fromManifestChain(manifest.chain);
  return {
    path,
    expected: manifest.fingerprint,
    archive: manifest.archive,
    chain,
    pre: chainPhase("pre", chain),
  };
}

/**
 * Another database's manifest is a mistake, not a difference. `tables` are the identities of those that `what` holds.
 *
 * @throws OpsError manifest-mismatch
 */
export function requireCommonTable(
  { path, expected }: ReadManifest,
  tables: readonly string[],
  what: string,
): void {
  const held = new Set(tables);
  if (expected.tables.length === 0 || expected.tables.some(({ table }) => held.has(table))) return;
  throw new OpsError(
    "manifest-mismatch",
    `manifest ${path} shares no table with ${what} (${expected.tables.length} tables there, ${held.size} here)`,
    "give the manifest that was written with this archive",
  );
}

/** Writes what the archive was made from. */
export async function* writeManifest(
  path: string,
  ports: SmokePorts,
  backup: Backup,
  expected: Fingerprint,
): AsyncGenerator<SmokeEvent, void> {
  const { archive, source, chain } = backup;
  await ports.files.writeManifest(path, {
    format: "custody.manifest.v1",
    createdAt: ports.now().toISOString(),
    source: source.address,
    snapshot: source.snapshot,
    tools: { ...ports.toolsUsed() },
    archive: {
      format: archive.format,
      bytes: archive.bytes,
      sha256: archive.sha256,
      stamp: archive.stamp,
    },
    chain: toManifestChain(chain),
    fingerprint: expected,
  });
  yield { type: "manifest-written", path };
}
