import { afterAll, describe, expect, test } from "bun:test";
import { startTestCluster, testTools } from "../../support/cluster.ts";
import { bothKinds, prepareBoth } from "../../support/either-chain.ts";
import type { ChainKind, EitherChain } from "../../support/either-chain.ts";
import { dumpTo } from "../../support/dumped.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { ran, signerIn } from "../../support/signer.ts";
import type { Signer } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";
import { runTool } from "../../../src/postgres/tool.ts";

/** Backups that come back: whole, by their data alone, and older than what was signed. */

const cluster = await startTestCluster(15);
// Of another version: clusters of one are copies of one template, with its system identifier.
const elsewhere = await startTestCluster(16);
await prepareBoth(cluster);
await prepareBoth(elsewhere);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

/** Restores a dump of the chain's tables into a chain that is installed and empty; the exit code of pg_restore. */
async function restoreInto(
  { settings }: EitherChain,
  path: string,
  ...flags: string[]
): Promise<number | null> {
  const args = ["-d", settings.database, "--data-only", ...flags, path];
  const { exitCode } = await runTool({ installation: await testTools(), tool: "pg_restore", args, settings });
  return exitCode;
}

async function signedTwice(
  kind: ChainKind,
  chain: EitherChain,
  name: string,
): Promise<readonly [Signer, string]> {
  const signer = await signerIn(temporary.path, name);
  await kind.append(chain.admin, 6);
  await signer.checkpoint(chain.settings, `${name}-one`, ...kind.origin);
  const path = await dumpTo(temporary.path, chain.settings, `${name}.dump`, "-Fc");
  await kind.append(chain.admin, 3, "e1");
  await signer.checkpoint(chain.settings, `${name}-two`, ...kind.origin);
  return [signer, path];
}

describe.each(bothKinds)("a chain of $profile's that is restored", (kind) => {
  /** certctl's trigger would hash each row again, in the order in which it comes: its users switch it off. */
  const flags = kind.profile === "custody" ? [] : ["--disable-triggers"];
  const emptied = async (chain: EitherChain): Promise<EitherChain> => {
    // Its head's row would collide.
    if (kind.profile === "certctl") await chain.admin.sql.unsafe("delete from audit_chain_head");
    return chain;
  };

  test("by its data alone is what it was, to every checkpoint that is no newer", async () => {
    await using chain = await kind.create(cluster);
    const [signer, path] = await signedTwice(kind, chain, `${kind.profile}-data`);
    await using copy = await emptied(await kind.create(cluster));
    expect(await restoreInto(copy, path, ...flags)).toBe(0);
    expect(await signer.verify(copy.settings, [`${kind.profile}-data-one`])).toMatchObject({
      code: 0,
      document: { verdict: "clean", row_count: 6, unanchored_rows: 0 },
    });
    await kind.append(copy.admin, 2, "e2");
    expect(await ran("chain", "verify", "--db-url", dsnOf(copy.settings))).toMatchObject({ code: 0 });
  });

  test("from an older backup is restored on another cluster, truncated on the same", async () => {
    await using chain = await kind.create(cluster);
    const name = `${kind.profile}-older`;
    const [signer, path] = await signedTwice(kind, chain, name);
    for (const [where, expected, verdict] of [
      [cluster, "truncated", "broken"],
      [elsewhere, "restored", "restored"],
    ] as const) {
      await using copy = await emptied(await kind.create(where));
      expect(await restoreInto(copy, path, ...flags)).toBe(0);
      expect(await signer.verify(copy.settings, [`${name}-one`, `${name}-two`])).toMatchObject({
        code: 1,
        document: {
          verdict,
          findings: [{ class: expected, position: 6 }],
          checkpoints: [{ outcome: "matched" }, { outcome: expected }],
        },
      });
    }
  });

  test("from a backup of a chain that was tampered with goes not in, or is found", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 6);
    await tamper(chain.admin, "update audit_events set actor = 'x' where id = 'e3'");
    const path = await dumpTo(temporary.path, chain.settings, `${kind.profile}-bad.dump`, "-Fc");
    await using copy = await emptied(await kind.create(cluster));
    const isRefused = (await restoreInto(copy, path, ...flags)) !== 0;
    expect(isRefused).toBe(kind.profile === "custody");
    const told = await ran("chain", "verify", "--db-url", dsnOf(copy.settings));
    expect(told).toMatchObject(
      isRefused
        ? { code: 0, document: { row_count: 0 } }
        : { code: 1, document: { findings: [{ class: "altered" }] } },
    );
  });
});
