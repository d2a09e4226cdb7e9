import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { checkBundle, makeBundle } from "../support/bundles.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { writeCheckpoint } from "../support/checkpoint-files.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { canMount, mountSmallDisk } from "../support/small-disk.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";
import { tamper } from "../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("chain bundle and chain check-bundle", () => {
  test("make a folder of all that an auditor needs, and verify it offline", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 13);
    await chain.sql`select audit_events_redact('e3', 'subject asked')`;
    const bundle = await makeBundle(chain, parent.path, [5, 12], ["--event", "e3", "--event", "e9"]);
    const { told, folder } = bundle;
    expect([told.code, lastLine(told.stdout)]).toEqual([0, `BUNDLED rows=14 files=9 folder=${folder}`]);
    expect((readdirSync(folder, { recursive: true }) as string[]).toSorted()).toEqual([
      "checkpoints",
      "checkpoints/12.checkpoint",
      "checkpoints/5.checkpoint",
      "policy",
      "profile.yaml",
      "proofs",
      "proofs/row-3.tlog-proof",
      "proofs/row-9.tlog-proof",
      "report.json",
      "rows.jsonl",
      "verify.md",
    ]);
    expect([statSync(folder).mode & 0o777, statSync(join(folder, "proofs")).mode & 0o777]).toEqual([
      0o700, 0o700,
    ]);
    expect(statSync(join(folder, "rows.jsonl")).mode & 0o777).toBe(0o600);
    expect(readdirSync(parent.path).filter((each) => each.endsWith(".tmp"))).toEqual([]);
    const rows = readFileSync(join(folder, "rows.jsonl"), "utf8").trimEnd().split("\n");
    expect(rows).toHaveLength(14);

    const checked = await checkBundle(bundle);
    expect([checked.code, documentOf(checked)]).toMatchObject([
      0,
      {
        v: 1,
        command: "chain check-bundle",
        verdict: "clean",
        error: null,
        signed_by: ["example.com/audit"],
        files: 9,
        proofs: 2,
        profile: "custody",
        row_count: 14,
        verifier_walked: 14,
        first_break_id: "",
        first_break_pos: -1,
        unanchored_rows: 2,
        checkpoints: [
          { size: 5, outcome: "matched" },
          { size: 12, outcome: "matched" },
        ],
        findings: [],
        findings_total: 0,
      },
    ]);
    const human = await custody(["chain", "check-bundle", folder, "--public-key", bundle.publicKey]);
    expect(lastLine(human.stdout)).toBe(`CLEAN rows=14 findings=0 bundle=${folder}`);
    expect(human.stdout).toContain("unanchored  the newest 2 of them");
    for (const line of [/sha256sum -c/, /personal data/, /openssl pkeyutl/]) {
      expect(readFileSync(join(folder, "verify.md"), "utf8")).toMatch(line);
    }
  });

  test("what verify.md says works with jq, sha256sum, openssl and python3 alone", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 5);
    await chain.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details, timestamp)
      select 'ü' || n, 'a"\n', 'b', 'c', '', 'd', '{"é": "\\n"}', t::timestamptz from unnest(array['infinity', '-infinity',
        '4713-01-01 BC', '0001-02-28 BC', '294276-12-31', '2000-02-29 23:59:59.999999', '1999-12-31 12:00+00']) with ordinality as x (t, n)`;
    await chain.sql`select audit_events_redact('e4', 'subject asked')`;
    await pruneChain(chain.owner, 2);
    const { folder, publicKey } = await makeBundle(chain, parent.path, [2, 3, 11], ["--event", "e3"]);
    const vkey = readFileSync(publicKey, "utf8").trim();
    const blocks = readFileSync(join(folder, "verify.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("       "))
      .map((line) => line.slice(7).replace("BASE64", vkey.split("+").slice(2).join("+")));
    const script = ["set -e", ...blocks].join("\n");
    const verify = (bundle: string) =>
      Bun.spawnSync(["sh", "-c", script], { cwd: parent.path, env: { ...process.env, bundle } });
    const run = verify(folder);
    expect([run.exitCode, run.stderr.toString()]).toEqual([0, ""]);
    expect(run.stdout.toString()).toContain("rows.jsonl: OK");
    expect(run.stdout.toString().match(/Signature Verified Successfully/g)).toHaveLength(2);
    expect(run.stdout.toString()).toEndWith("0 wrong: rows, links and roots fit\n");
    expect(run.stdout.toString().match(/the rows give its root/g)).toHaveLength(3);
    expect(documentOf(await checkBundle({ folder, publicKey }))).toMatchObject({ verdict: "clean" });

    const rows = join(folder, "rows.jsonl");
    const whole = readFileSync(rows, "utf8");
    const program = blocks.slice(blocks.findIndex((line) => line.startsWith("python3"))).join("\n");
    for (const [was, is] of [
      ['"actor":"ann"', '"actor":"eve"'],
      ['"details":"{', '"details":" {'],
      [/^.*"ü3".*\n/m, ""],
      ['"row_hash":"', '"row_hash":null,"x":"'],
    ] as const) {
      expect(whole).toMatch(was);
      writeFileSync(rows, whole.replace(was, is));
      const env = { ...process.env, bundle: folder };
      const found = Bun.spawnSync(["sh", "-c", program], { cwd: parent.path, env });
      expect([found.exitCode, found.stderr.toString()]).toEqual([1, ""]);
      expect(found.stdout.toString()).toMatch(/^WRONG: row/);
    }
  });

  test("work for a pruned chain, and for a chain of links", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 9);
    await pruneChain(chain.owner, 4);
    const pruned = await makeBundle(chain, parent.path, [8], ["--event", "e6"]);
    expect(pruned.told.code).toBe(0);
    expect(documentOf(await checkBundle(pruned))).toMatchObject({
      verdict: "clean",
      row_count: 10,
      verifier_walked: 6,
      unanchored_rows: 2,
    });

    using other = temporaryFolder();
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema).simple();
    await appendCertctlRows(session, 20);
    const linked = await makeBundle(
      { owner: session, settings: database.settings },
      other.path,
      [20],
      ["--event", "c7"],
    );
    expect(linked.told.code).toBe(0);
    expect(documentOf(await checkBundle(linked))).toMatchObject({
      verdict: "clean",
      profile: "certctl",
      row_count: 20,
      unanchored_rows: 0,
    });
  });

  test("keep a broken chain as it is, with the findings it had, and prove nothing of it", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 9);
    await tamper(
      chain.admin,
      "update audit_events set actor = 'x' where seq = 4; update audit_chain_head set row_hash = repeat('0', 64); alter table audit_events disable trigger audit_events_stay",
    );
    const bundle = await makeBundle(chain, parent.path, [7], ["--event", "e2"]);
    expect([bundle.told.code, lastLine(bundle.told.stdout)]).toEqual([
      1,
      `BROKEN findings=3 rows=9 folder=${bundle.folder}`,
    ]);
    const told = await checkBundle(bundle);
    expect([told.code, documentOf(told)]).toMatchObject([
      1,
      { verdict: "broken", first_break_id: "e4", first_break_pos: 3 },
    ]);
    const classes = (documentOf(told)["findings"] as { class: string }[]).map((each) => each.class);
    expect(classes.toSorted()).toEqual(["altered", "guard-changed", "head-mismatch"]);
    expect(existsSync(join(bundle.folder, "proofs"))).toBe(false);
  });

  test("take several checkpoints of one size", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 4);
    const again = await writeCheckpoint(chain.owner, parent.path, 4, "again.checkpoint");
    const bundle = await makeBundle(chain, parent.path, [4, 2], ["--checkpoint", again]);
    expect(readdirSync(join(bundle.folder, "checkpoints")).toSorted()).toEqual([
      "2.checkpoint",
      "4-2.checkpoint",
      "4.checkpoint",
    ]);
    expect(documentOf(await checkBundle(bundle))).toMatchObject({
      verdict: "clean",
      unanchored_rows: 0,
      checkpoints: [{ size: 2 }, { size: 4 }, { size: 4 }],
    });
  });

  test("say when rows are not the checkpoint's", async () => {
    using parent = temporaryFolder();
    using other = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await using foreign = await chainDatabase(cluster);
    await appendRows(chain.owner, 6);
    await appendRows(foreign.owner, 9);
    await makeBundle(foreign, other.path, [4, 9]);
    const flags = [4, 9].flatMap((size) => ["--checkpoint", join(other.path, `${size}.checkpoint`)]);
    const bundle = await makeBundle(chain, parent.path, [6], flags);
    expect(bundle.told.code).toBe(1);
    const classes = (
      documentOf(await checkBundle(bundle))["findings"] as { class: string; position: number }[]
    ).map((each) => `${each.class}@${each.position}`);
    expect(classes).toEqual(["rewritten@0", "truncated@6"]);
  });

  test("leave nothing behind when they cannot be made, and never write over anything", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 6);
    const gone = await makeBundle(chain, parent.path, [3], ["--event", "e99"]);
    expect([gone.told.code, gone.told.stderr]).toMatchObject([2, expect.stringContaining('no event "e99"')]);
    const newer = await makeBundle(chain, parent.path, [3], ["--event", "e5"]);
    expect([newer.told.code, newer.told.stderr]).toMatchObject([
      2,
      expect.stringContaining("row 5 of the chain"),
    ]);
    expect(readdirSync(parent.path).filter((each) => each.includes("bundle"))).toEqual([]);
    mkdirSync(join(parent.path, "bundle"));
    const there = await makeBundle(chain, parent.path, [3]);
    expect([there.told.code, there.told.stderr]).toMatchObject([
      3,
      expect.stringContaining("something already"),
    ]);
    expect(readdirSync(parent.path).filter((each) => each.includes("bundle"))).toEqual(["bundle"]);
    const bare = await custody(["chain", "bundle", "--out", join(parent.path, "x")]);
    expect([bare.code, bare.stderr]).toMatchObject([2, expect.stringContaining("--checkpoint is missing")]);
  });

  test.skipIf(!canMount)("leave nothing behind on a disk that is full", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2000);
    using _disk = mountSmallDisk(join(parent.path, "disk"), "300k");
    const checkpoint = await writeCheckpoint(chain.owner, parent.path, 3);
    const args = ["chain", "bundle", "--db-url", dsnOf(chain.settings), "--checkpoint", checkpoint];
    const told = await custody([...args, "--out", join(parent.path, "disk/bundle"), "--output", "json"]);
    expect([told.code, documentOf(told)]).toMatchObject([
      3,
      { verdict: "not-run", error: { code: "no-space" } },
    ]);
    expect(readdirSync(join(parent.path, "disk"))).toEqual([]);
  });

  test("say when nobody has signed, and take that for nobody's word", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 6);
    const { publicKey } = await makeBundle(chain, parent.path, [3]);
    const folder = join(parent.path, "unsigned");
    const args = ["chain", "bundle", "--db-url", dsnOf(chain.settings)];
    const told = await custody([
      ...args,
      "--checkpoint",
      join(parent.path, "3.checkpoint"),
      "--out",
      folder,
      "--output",
      "json",
    ]);
    expect([told.code, documentOf(told)]).toMatchObject([
      0,
      {
        verdict: "bundled",
        signed_by: null,
        notes: [expect.stringContaining("not checked"), expect.stringContaining("nobody signs")],
      },
    ]);
    const refused = await checkBundle({ folder, publicKey });
    expect([refused.code, documentOf(refused)]).toMatchObject([
      3,
      { verdict: "not-verified", error: { code: "untrusted-bundle" } },
    ]);
    expect(documentOf(await checkBundle({ folder, publicKey }, ["--allow-unsigned"]))).toMatchObject({
      verdict: "clean",
      signed_by: [],
    });
    const stranger = join(parent.path, "stranger.pub");
    writeFileSync(stranger, "example.com/other+95a6cc2b+AbpUmYGUH0oB2fUXmNbCp9Zfmmr6a9X3q4e3mnUdL5cD\n");
    for (const given of [["--public-key", stranger], []]) {
      const unknown = await custody(["chain", "check-bundle", folder, ...given, "--output", "json"]);
      expect([unknown.code, documentOf(unknown)["verdict"]]).toEqual([
        given.length === 0 ? 2 : unknown.code,
        "not-verified",
      ]);
      expect(unknown.code).not.toBe(0);
    }
  });
});
