import { Glob } from "bun";
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDatabase, startTestCluster, testTools } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";
import { dumpTo } from "../support/dumped.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { ran, signerIn, truncate } from "../support/signer.ts";
import type { Ran, Signer } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";
import { runTool } from "../../src/postgres/tool.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

const cluster = await startTestCluster(15);
// Of another version: clusters of one are copies of one template, with its system identifier.
const elsewhere = await startTestCluster(16);
await prepareChains(cluster);
await prepareChains(elsewhere);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const signer = (name: string): Promise<Signer> => signerIn(temporary.path, name);
const fileAt = (name: string): string => join(temporary.path, name);

describe("a database that was restored", () => {
  /** The chain of `from` as a backup would bring it to the other cluster. */
  async function restoreElsewhere(from: ChainDatabase, file: string): Promise<ConnectionSettings> {
    const path = await dumpTo(temporary.path, from.settings, file, "-Fc");
    const database = await freshDatabase(elsewhere);
    const { settings } = database;
    const installation = await testTools();
    const args = ["-d", settings.database, path];
    const { exitCode, stderr } = await runTool({ installation, tool: "pg_restore", args, settings });
    expect([exitCode, stderr]).toEqual([0, []]);
    return settings;
  }

  test("is told from a truncation, accepted only by a signature, and goes on under another origin", async () => {
    await using chain = await chainDatabase(cluster);
    const olga = await signer("olga");
    await appendRows(chain.owner, 4);
    await olga.checkpoint(chain.settings, "olga-1");
    const restored = await restoreElsewhere(chain, "olga.dump");
    await appendRows(chain.owner, 3, "lost");
    await olga.checkpoint(chain.settings, "olga-2");

    expect(await olga.verify(restored, ["olga-1"])).toMatchObject({ code: 0 });
    const told = await olga.verify(restored, ["olga-1", "olga-2"]);
    expect(told).toMatchObject({
      code: 1,
      document: {
        verdict: "restored",
        findings: [{ class: "restored" }],
        checkpoints: [{ outcome: "matched" }, { outcome: "restored" }],
      },
    });
    expect((await olga.checkpoint(restored, "olga-3")).document["verdict"]).toBe("refused");
    rmSync(fileAt("olga-2.identity"));
    expect((await olga.verify(restored, ["olga-2"])).document["verdict"]).toBe("broken");

    await olga.checkpoint(chain.settings, "olga-2");
    const accept = ["--accept-restore", "--reason", "disk failure", "--key", olga.key];
    // Another's key would leave behind what nobody believes; a file that stands there is not the restore's.
    const mallory = await signer("mallory");
    const byMallory = [...accept.slice(0, -1), mallory.key];
    expect(await olga.verify(restored, ["olga-1", "olga-2"], ...byMallory)).toMatchObject({
      code: 2,
      document: { verdict: "not-verified", error: { code: "bad-input" } },
    });
    for (const file of ["olga-2.2", "olga-2.2.identity"]) {
      writeFileSync(fileAt(file), "mine\n");
      expect(await olga.verify(restored, ["olga-1", "olga-2"], ...accept)).toMatchObject({ code: 2 });
      expect(readFileSync(fileAt(file), "utf8")).toBe("mine\n");
      rmSync(fileAt(file));
    }
    // An acceptance is of one origin; what another's checkpoint says stays to be said.
    await olga.checkpoint(chain.settings, "olga-named", "--origin", "example.com/olga-named");
    const several = await olga.verify(restored, ["olga-1", "olga-2", "olga-named"], ...accept);
    expect(several).toMatchObject({ code: 1, document: { verdict: "restored", accepted_restore: null } });
    expect(String(several.document["notes"])).toContain("by checkpoints of 2 origins");
    const nothing = await olga.verify(chain.settings, ["olga-1", "olga-2"], ...accept);
    expect(nothing.document["notes"]).toContain("no restore was accepted: none was found");
    expect((await olga.verify(restored, ["olga-1", "olga-2"])).document["verdict"]).toBe("restored");

    const accepted = await olga.verify(restored, ["olga-1", "olga-2"], ...accept);
    expect(accepted).toMatchObject({
      code: 0,
      document: {
        verdict: "clean",
        findings: [],
        unanchored_rows: 0,
        accepted_restore: { checkpoint: fileAt("olga-2.2"), size: 4 },
      },
    });
    expect(await olga.verify(restored, ["olga-1", "olga-2", "olga-2.2"])).toMatchObject({
      code: 0,
      document: { checkpoints: [{ outcome: "matched" }, { outcome: "matched" }, { outcome: "superseded" }] },
    });
    const next = await olga.checkpoint(restored, "olga-3");
    expect(next).toMatchObject({ code: 0, document: { verdict: "signed", size: 4, extended: 4 } });
    expect(String(next.document["origin"])).toEndWith("/2");
    // Only what the acceptance spoke of is superseded: a cut below it is found.
    await using admin = await connect(restored, { applicationName: "test" });
    // What is superseded vouches for nothing; the note of the acceptance does, for what was restored.
    expect((await olga.verify(restored, ["olga-2"])).code).toBe(0);
    await tamper(admin, truncate(2));
    expect(await olga.verify(restored, ["olga-2"])).toMatchObject({
      code: 3,
      document: { verdict: "not-verified", error: { code: "no-checkpoint" } },
    });
    expect((await olga.verify(restored, ["olga-1", "olga-2", "olga-2.2"])).document["verdict"]).toBe(
      "broken",
    );
  });

  test("holds its signer to what was accepted, though the checkpoint of it was lost in a crash", async () => {
    await using chain = await chainDatabase(cluster);
    const vera = await signer("vera");
    await appendRows(chain.owner, 4);
    const restored = await restoreElsewhere(chain, "vera.dump");
    await appendRows(chain.owner, 3, "lost");
    await vera.checkpoint(chain.settings, "vera-1");
    const [kept] = [...new Glob("checkpoints/*/last.checkpoint").scanSync(vera.state)];
    const last = join(vera.state, kept!);
    const before = readFileSync(last);
    const accept = ["--accept-restore", "--reason", "disk failure", "--key", vera.key];
    expect((await vera.verify(restored, ["vera-1"], ...accept)).code).toBe(0);
    writeFileSync(last, before);
    await using admin = await connect(restored, { applicationName: "test" });
    await appendRows(admin, 2, "later");
    expect(await vera.checkpoint(restored, "vera-2")).toMatchObject({ code: 0, document: { size: 6 } });
    writeFileSync(last, before);
    await tamper(admin, truncate(3));
    expect(await vera.checkpoint(restored, "vera-3")).toMatchObject({
      code: 3,
      document: { verdict: "not-run", error: { code: "no-checkpoint" } },
    });
  });

  test("to the same state is no finding; the operator signs for the new cluster", async () => {
    await using chain = await chainDatabase(cluster);
    const ruth = await signer("ruth");
    await appendRows(chain.owner, 4);
    await ruth.checkpoint(chain.settings, "ruth-1");
    const moved = await restoreElsewhere(chain, "ruth.dump");
    const at = (settings: ConnectionSettings): readonly string[] => [
      "chain",
      "rebaseline",
      "--db-url",
      dsnOf(settings),
      "--state",
      ruth.state,
      "--key",
      ruth.key,
    ];
    const rebaseline = (settings: ConnectionSettings): Promise<Ran> =>
      ran(...at(settings), "--reason", "moved");
    expect(await rebaseline(chain.settings)).toMatchObject({ code: 0, document: { verdict: "unchanged" } });
    expect(await rebaseline(moved)).toMatchObject({ code: 0, document: { verdict: "rebaselined" } });
    expect(await rebaseline(moved)).toMatchObject({ code: 0, document: { verdict: "unchanged" } });
    await using admin = await connect(moved, { applicationName: "test" });
    await tamper(admin, truncate(2));
    // Without the operator's word this would read as a restore.
    expect(await ruth.verify(moved, ["ruth-1"])).toMatchObject({
      code: 1,
      document: { verdict: "broken", findings: [{ class: "truncated" }] },
    });
    expect(await rebaseline(moved)).toMatchObject({ code: 0, document: { verdict: "unchanged" } });
  });
});
