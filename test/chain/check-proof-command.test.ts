import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { builtInProfiles } from "../../src/audit/built-in-profiles.ts";
import { connect } from "../../src/postgres/connect.ts";
import { checkBundle, makeBundle } from "../support/bundles.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { writeCheckpoint } from "../support/checkpoint-files.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";
import { tamper } from "../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("chain prove and chain check-proof", () => {
  test("prove nothing of a broken chain, or one that is not the checkpoint's", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await using other = await chainDatabase(cluster);
    await appendRows(chain.owner, 6);
    await appendRows(other.owner, 9);
    const out = join(folder.path, "proof");
    const foreign = await writeCheckpoint(other.owner, folder.path, 5);
    const longer = await writeCheckpoint(other.owner, folder.path, 9);
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 4, "own.checkpoint");
    const prove = (file: string): string[] => [
      "chain",
      "prove",
      "e2",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      file,
      "--out",
      out,
      "--output",
      "json",
    ];
    const refused = async (file: string): Promise<unknown> => {
      const told = await custody(prove(file));
      return [
        told.code,
        documentOf(told)["verdict"],
        (documentOf(told)["findings"] as { class: string }[]).map((each) => each.class),
      ];
    };
    expect(await refused(foreign)).toEqual([1, "refused", ["rewritten"]]);
    expect(await refused(longer)).toEqual([1, "refused", ["truncated"]]);
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 3");
    expect(await refused(checkpoint)).toEqual([1, "refused", ["altered"]]);
    expect(existsSync(out)).toBe(false);
    const human = await custody(prove(checkpoint).slice(0, -2));
    expect(lastLine(human.stdout)).toBe("REFUSED id=e2 findings=1: of a broken chain nothing is proved");
  });

  test("prove a redacted event without its details, and events of other profiles", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 4);
    await chain.sql`select audit_events_redact('e2', 'subject asked')`;
    const out = join(folder.path, "proof");
    const key = join(folder.path, "audit.pub");
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 5);
    await custody([
      "chain",
      "prove",
      "e2",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      checkpoint,
      "--out",
      out,
    ]);
    const told = documentOf(
      await custody(["chain", "check-proof", out, "--public-key", key, "--output", "json"]),
    );
    expect(told).toMatchObject({
      verdict: "proved",
      event: { details: null, details_salt: null },
      not_proved: [expect.stringContaining("redacted, or"), expect.anything(), expect.anything()],
    });

    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema).simple();
    await appendCertctlRows(session, 7);
    const certctl = await writeCheckpoint(session, folder.path, 6, "certctl.checkpoint");
    const proved = await custody([
      "chain",
      "prove",
      "c3",
      "--db-url",
      dsnOf(database.settings),
      "--checkpoint",
      certctl,
      "--out",
      out,
      "--public-key",
      key,
    ]);
    expect(proved.code).toBe(0);
    const checked = await custody(["chain", "check-proof", out, "--public-key", key]);
    expect([checked.code, checked.stdout]).toEqual([
      0,
      expect.stringMatching(
        /nor which empty text is NULL, nor whether a year is AD or BC.* joins fields by "\|"/,
      ),
    ]);
    expect(statSync(out).isFile()).toBe(true);
  });

  test("prove an event that is larger than custody's own may be, and take the proof's place again", async () => {
    using folder = temporaryFolder();
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema).simple();
    await session.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details)
      values ('large', 'a', 'b', 'c', 'd', 'e', jsonb_build_object('text', repeat('words, ', 2000000)))`;
    const checkpoint = await writeCheckpoint(session, folder.path, 1);
    const out = join(folder.path, "proof");
    const prove = [
      "chain",
      "prove",
      "large",
      "--db-url",
      dsnOf(database.settings),
      "--checkpoint",
      checkpoint,
    ];
    for (const _time of [1, 2]) expect((await custody([...prove, "--out", out])).code).toBe(0);
    const key = join(folder.path, "audit.pub");
    expect((await custody(["chain", "check-proof", out, "--public-key", key])).code).toBe(0);
  });

  test("an altered proof is not proved; what is none is not checked", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 4);
    const out = join(folder.path, "proof");
    const key = join(folder.path, "audit.pub");
    const checkpoint = await writeCheckpoint(chain.owner, folder.path, 4);
    await custody([
      "chain",
      "prove",
      "e2",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      checkpoint,
      "--out",
      out,
    ]);
    const text = readFileSync(out, "utf8");
    const check = ["chain", "check-proof", out, "--public-key", key];
    const extra = /^extra (.*)$/m.exec(text)![1]!;
    writeFileSync(
      out,
      text.replace(
        extra,
        Buffer.from(Buffer.from(extra, "base64").toString().replace('"ann"', '"bob"')).toString("base64"),
      ),
    );
    const forged = await custody(check);
    expect([forged.code, lastLine(forged.stdout)]).toEqual([
      1,
      "NOT PROVED id=e2 index=1 origin=example.com/audit/chain size=4",
    ]);
    expect(forged.stdout).toContain("the content does not give the row_hash");
    writeFileSync(out, text.replace("index 1", "index 2"));
    expect(documentOf(await custody([...check, "--output", "json"]))).toMatchObject({
      verdict: "not-proved",
      checks: [{ ok: true }, { ok: true }, { ok: false }],
    });
    for (const wrong of ["", "x", Buffer.from([0xff, 0xfe])]) {
      writeFileSync(out, wrong);
      const told = await custody([...check, "--output", "json"]);
      expect([told.code, documentOf(told)]).toMatchObject([
        3,
        { verdict: "not-checked", error: { code: "unreadable-proof" } },
      ]);
    }
    const gone = await custody(["chain", "check-proof", join(folder.path, "none"), "--public-key", key]);
    expect([gone.code, gone.stderr]).toMatchObject([3, expect.stringContaining("cannot read the proof")]);
  });

  test("evidence of a profile of one's own is believed with that profile alone", async () => {
    using folder = temporaryFolder();
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema).simple();
    await appendCertctlRows(session, 5);
    const profile = join(folder.path, "mine.yaml");
    writeFileSync(profile, stringify({ ...builtInProfiles[1]!, name: "mine" }));
    const bundle = await makeBundle(
      { owner: session, settings: database.settings },
      folder.path,
      [5],
      ["--profile", profile, "--event", "c2"],
    );
    expect(bundle.told.code).toBe(0);
    expect(documentOf(await checkBundle(bundle))).toMatchObject({
      verdict: "not-verified",
      error: { code: "untrusted-profile" },
    });
    expect(documentOf(await checkBundle(bundle, ["--profile", profile]))).toMatchObject({
      verdict: "clean",
      profile: "mine",
    });
    expect(documentOf(await checkBundle(bundle, ["--profile", "certctl"]))).toMatchObject({
      verdict: "not-verified",
    });
  });
});
