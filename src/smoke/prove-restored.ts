import { restateByGrammar } from "../backup/restate/restate-by-grammar.ts";
import type { SmokeEvent, SmokeVerdict } from "./events.ts";
import { step } from "../run/step.ts";
import type { SmokeInput } from "./input.ts";
import { readManifest, requireCommonTable } from "./manifests.ts";
import type { SmokePorts } from "./ports.ts";
import { readDatabase } from "./restore.ts";
import type { Conclusion } from "./run.ts";
import { plantInFingerprint } from "./sabotage/plant-in-fingerprint.ts";

type RestoredSource = Extract<SmokeInput["source"], { kind: "restored" }>;

/** Way 4: a database that somebody else has restored must be what its manifest says. It is never written to. */
export async function* proveRestored(
  input: SmokeInput & { readonly source: RestoredSource },
  ports: SmokePorts,
  conclude: Conclusion,
): AsyncGenerator<SmokeEvent, SmokeVerdict> {
  const manifest = yield* readManifest(input.expect, ports);
  await using reader = yield* step("snapshot", "open the restored database, read only", () =>
    ports.openSource(input.source.dbUrl),
  );
  const { address, database, serverVersion, snapshot, isStandby } = reader.facts;
  yield { type: "source-opened", address, database, serverVersion, snapshot, isStandby };
  yield { type: "chain-read", chain: manifest.pre, profile: manifest.chain?.profile ?? null };
  const { fingerprint, chain } = yield* readDatabase(
    reader,
    manifest.expected.tables,
    manifest.expected.encoding,
  );
  // One without any table is no other database: all that it should hold is missing.
  if (fingerprint.tables.length > 0) {
    const held = fingerprint.tables.map(({ table }) => table);
    requireCommonTable(manifest, held, `database ${database}`);
  }
  return yield* conclude(
    {
      source: null,
      archive: null,
      expected: await restateByGrammar(manifest.expected, fingerprint),
      restored: fingerprint,
      notApplicable: new Set(),
      notRun: new Map(),
      restore: null,
      asSuperuser: false,
      pre: manifest.chain,
      isPreKnown: true,
      post: chain,
    },
    plantInFingerprint(),
    null,
  );
}
