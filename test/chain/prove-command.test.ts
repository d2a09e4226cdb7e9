import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cosign, cosignerVkey } from "../../src/audit/note/cosignature.ts";
import { addSignatureLines, parseNote } from "../../src/audit/note/signed-note.ts";
import { createSigningKey } from "../../src/audit/note/signing-key.ts";
import { appendRows, chainDatabase, prepareChains, strangerRole } from "../support/chain-database.ts";
import { writeCheckpoint } from "../support/checkpoint-files.ts";
import { startTestCluster } from "../support/cluster.ts";
import { proofKey } from "../support/event-proofs.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("chain prove and chain check-proof", () => {
  test("prove one event, and check it offline", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 13);
    const reader = strangerRole;
    await chain.sql.unsafe(`grant select on audit_events, audit_chain_head to ${reader}`);
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 11);
    await appendRows(chain.owner, 3, "later");
    const out = join(folder.path, "e5.tlog-proof");
    const key = join(folder.path, "audit.pub");
    const prove = [
      "chain",
      "prove",
      "e5",
      "--db-url",
      dsnOf(chain.settings, reader),
      "--checkpoint",
      checkpoint,
      "--out",
      out,
    ];
    const proved = await custody([...prove, "--public-key", key]);
    expect([proved.code, lastLine(proved.stdout)]).toEqual([0, `PROVED id=e5 index=4 proof=${out}`]);
    expect(documentOf(await custody([...prove, "--public-key", key, "--output", "json"]))).toMatchObject({
      verdict: "proved",
      error: null,
      id: "e5",
      index: 4,
      file: out,
      checkpoint: {
        size: 11,
        origin: "example.com/audit/chain",
        signature_checked: true,
        signed_by: ["example.com/audit"],
      },
      findings_total: 0,
    });

    // It holds the event's details.
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const told = await custody(["chain", "check-proof", out, "--public-key", key]);
    expect([told.code, lastLine(told.stdout)]).toEqual([
      0,
      "PROVED id=e5 index=4 origin=example.com/audit/chain size=11",
    ]);
    for (const line of [
      "action     thing.made",
      "actor      ann",
      "resource   thing/5",
      'details    {"n": 5}',
      "position   row 5 of 11",
    ]) {
      expect(told.stdout).toContain(line);
    }
    const document = documentOf(
      await custody(["chain", "check-proof", out, "--public-key", proofKey.vkey, "--output", "json"]),
    );
    expect(document).toMatchObject({
      v: 1,
      verdict: "proved",
      id: "e5",
      index: 4,
      event: { id: "e5", actor: "ann" },
    });
    expect(document["not_proved"]).toHaveLength(2);
    const junit = await custody(["chain", "check-proof", out, "--public-key", key, "--output", "junit"]);
    expect(junit.stdout).toContain('failures="0"');
  });

  test("says when nobody has checked the checkpoint, and checks nothing that nobody is trusted for", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3);
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 3);
    const out = join(folder.path, "proof");
    const prove = [
      "chain",
      "prove",
      "e2",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      checkpoint,
      "--out",
      out,
    ];
    const proved = await custody([...prove, "--output", "json"]);
    expect([proved.code, documentOf(proved)]).toMatchObject([
      0,
      {
        checkpoint: { signature_checked: false, signed_by: [] },
        notes: [expect.stringContaining("was not checked")],
      },
    ]);
    const bare = await custody(["chain", "check-proof", out]);
    expect([bare.code, bare.stderr]).toMatchObject([2, expect.stringContaining("nobody is trusted")]);
    const stranger = createSigningKey("example.com/audit", new Uint8Array(32).fill(9)).vkey;
    for (const args of [
      [...prove.slice(0, 3), ...prove.slice(3)],
      ["chain", "check-proof", out],
    ]) {
      const told = await custody([...args, "--public-key", stranger, "--output", "json"]);
      expect([told.code, documentOf(told)]).toMatchObject([3, { error: { code: "untrusted-checkpoint" } }]);
    }
  });

  test("ask for a policy's quorum", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3);
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 3);
    const witness = createSigningKey("example.org/w1", new Uint8Array(32).fill(3));
    const policy = join(folder.path, "policy");
    writeFileSync(policy, `log ${proofKey.vkey}\nwitness w1 ${cosignerVkey(witness)}\nquorum w1\n`);
    const out = join(folder.path, "proof");
    const prove = [
      "chain",
      "prove",
      "e2",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      checkpoint,
      "--out",
      out,
      "--policy",
      policy,
      "--output",
      "json",
    ];
    expect(documentOf(await custody(prove))).toMatchObject({
      error: {
        code: "untrusted-checkpoint",
        message: expect.stringContaining("quorum"),
        hint: expect.stringContaining("--witness"),
      },
    });
    expect(existsSync(out)).toBe(false);
    const note = readFileSync(checkpoint, "utf8");
    writeFileSync(
      checkpoint,
      addSignatureLines(note, [cosign(parseNote(note).text, witness, 1_800_000_000)]),
    );
    expect(documentOf(await custody(prove))).toMatchObject({
      verdict: "proved",
      checkpoint: { cosigned_by: ["example.org/w1"] },
    });
    expect(
      documentOf(await custody(["chain", "check-proof", out, "--policy", policy, "--output", "json"])),
    ).toMatchObject({ verdict: "proved" });
  });

  test("refuse what is not there, is newer than the checkpoint, or was pruned", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 9);
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 6);
    const small = await writeCheckpoint(chain.owner, folder.path, 2);
    const out = join(folder.path, "proof");
    const prove = (id: string, file = checkpoint): string[] => [
      "chain",
      "prove",
      id,
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      file,
      "--out",
      out,
      "--output",
      "json",
    ];
    const errorOf = async (args: string[]): Promise<unknown> => {
      const told = await custody(args);
      return [told.code, (documentOf(told)["error"] as { code: string; message: string } | null)?.message];
    };
    expect(await errorOf(prove("e99"))).toEqual([2, expect.stringContaining('no event "e99"')]);
    expect(await errorOf(prove("e8"))).toEqual([2, expect.stringContaining("row 8 of the chain")]);
    const newer = await custody(prove("e8").slice(0, -2));
    expect([newer.code, newer.stdout]).toEqual([2, expect.not.stringMatching(/REFUSED|broken|wrong/)]);
    expect(readdirSync(folder.path).filter((each) => each.includes("proof"))).toEqual([]);
    expect(await errorOf(prove("e8", join(folder.path, "none")))).toEqual([
      3,
      expect.stringContaining("none"),
    ]);
    await pruneChain(chain.owner, 4);
    expect(await errorOf(prove("e3"))).toEqual([2, expect.stringContaining('no event "e3"')]);
    expect(await errorOf(prove("e6", small))).toEqual([
      2,
      expect.stringContaining("the first 4 were pruned"),
    ]);
    expect(await errorOf(prove("e6"))).toEqual([0, undefined]);
    const unnamed = await custody([
      "chain",
      "prove",
      "../e6",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      checkpoint,
    ]);
    expect([unnamed.code, unnamed.stderr]).toMatchObject([2, expect.stringContaining("--out FILE")]);
  });
});
