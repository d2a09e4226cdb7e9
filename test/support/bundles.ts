import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatSigningKey } from "../../src/audit/note/signing-key.ts";
import type { Session } from "../../src/postgres/session.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { writeCheckpoint } from "./checkpoint-files.ts";
import { custody, dsnOf } from "./run-custody.ts";
import type { Told } from "./run-custody.ts";

/** A bundle that was just made, and what its makers and auditors need. */
export interface TestBundle {
  readonly told: Told;
  readonly folder: string;
  /** The file of the vkey that signed checkpoints and report. */
  readonly publicKey: string;
}

/** Bundles the session's chain with checkpoints of these sizes, its report signed by the key of the checkpoints. */
export async function makeBundle(
  chain: { readonly owner: Session; readonly settings: ConnectionSettings },
  parent: string,
  sizes: readonly number[],
  flags: readonly string[] = [],
): Promise<TestBundle> {
  const key = join(parent, "audit.key");
  writeFileSync(key, `${formatSigningKey("example.com/audit", new Uint8Array(32).fill(7))}\n`);
  const checkpoints: string[] = [];
  for (const size of sizes) checkpoints.push(await writeCheckpoint(chain.owner, parent, size));
  const publicKey = join(parent, "audit.pub");
  const folder = join(parent, "bundle");
  const told = await custody([
    "chain",
    "bundle",
    "--db-url",
    dsnOf(chain.settings),
    "--out",
    folder,
    "--public-key",
    publicKey,
    "--key",
    key,
    ...checkpoints.flatMap((each) => ["--checkpoint", each]),
    ...flags,
  ]);
  return { told, folder, publicKey };
}

/** Verifies a bundle, as JSON. */
export async function checkBundle(
  { folder, publicKey }: Pick<TestBundle, "folder" | "publicKey">,
  flags: readonly string[] = [],
): Promise<Told> {
  return custody(["chain", "check-bundle", folder, "--public-key", publicKey, "--output", "json", ...flags]);
}
