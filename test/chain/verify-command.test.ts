import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";
import { tamper } from "../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("chain verify", () => {
  test("ends with 0 and CLEAN, or with 1, BROKEN and what is wrong", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 24);
    const verify = ["chain", "verify", "--db-url", dsnOf(chain.settings)];
    const clean = await custody(verify);
    expect([clean.code, lastLine(clean.stdout)]).toMatchObject([
      0,
      expect.stringMatching(/^CLEAN rows=24 chain_head=[0-9a-f]{16}… findings=0$/),
    ]);
    await tamper(
      chain.admin,
      "update audit_events set actor = 'x' where seq = 4; delete from audit_events where seq = 9",
    );
    const broken = await custody(verify);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain(
      "altered  3  e4: the content does not give the row_hash that the row has",
    );
    expect(lastLine(broken.stdout)).toMatch(/^BROKEN rows=23 chain_head=[0-9a-f]{16}… findings=3$/);
    expect(documentOf(await custody([...verify, "--output", "json", "--limit-findings", "1"]))).toMatchObject(
      {
        v: 1,
        command: "chain verify",
        verdict: "broken",
        error: null,
        row_count: 23,
        verifier_walked: 23,
        unanchored_rows: 23,
        first_break_id: "e4",
        first_break_pos: 3,
        findings: [{ class: "altered", position: 3, id: "e4" }],
        findings_total: 3,
      },
    );
    const junit = await custody([...verify, "--output", "junit"]);
    expect(junit.stdout).toContain('failures="3"');
    expect((await custody([...verify, "--output", "github"])).stdout).toContain("::error");
    const lines = (await custody([...verify, "--output", "jsonl"])).stdout
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ verdict: "broken" });
  });

  test("says the same with several jobs", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 24);
    const verify = ["chain", "verify", "--db-url", dsnOf(chain.settings), "--output", "json"];
    const inOne = async (): Promise<Record<string, unknown>> => ({
      ...documentOf(await custody(verify)),
      run: null,
    });
    const inThree = async (): Promise<Record<string, unknown>> => ({
      ...documentOf(await custody([...verify, "--jobs", "3"])),
      run: null,
    });
    expect(await inThree()).toEqual(await inOne());
    await tamper(
      chain.admin,
      "update audit_events set actor = 'x' where seq = 4; delete from audit_events where seq = 9",
    );
    expect(await inThree()).toEqual(await inOne());
  });

  test("says why a table is no chain of the profile that was asked for", async () => {
    await using chain = await chainDatabase(cluster);
    const told = await custody([
      "chain",
      "verify",
      "--db-url",
      dsnOf(chain.settings),
      "--profile",
      "certctl",
    ]);
    expect(told).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("public.audit_events is none: its prev_hash is bytea, not text"),
    });
  });

  test("writes when the chain was last found clean, for Prometheus", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 2);
    using folder = temporaryFolder();
    const report = join(folder.path, "custody.prom");
    const at = async (): Promise<number> => {
      await custody([
        "chain",
        "verify",
        "--db-url",
        dsnOf(chain.settings),
        "--report",
        `prometheus=${report}`,
      ]);
      const line = /^custody_chain_last_verified_timestamp_seconds (\S+)$/m.exec(
        readFileSync(report, "utf8"),
      );
      return Number(line?.[1] ?? Number.NaN);
    };
    const clean = await at();
    expect(Math.abs(clean - Date.now() / 1000)).toBeLessThan(60);
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 1");
    expect(await at()).toBe(clean);
  });

  test("is never green where there is nothing to verify, or it cannot", async () => {
    await using database = await freshDatabase(cluster);
    const told = await custody(["chain", "verify", "--db-url", dsnOf(database.settings), "--output", "json"]);
    expect([told.code, documentOf(told)]).toMatchObject([
      3,
      { verdict: "not-verified", error: { code: "no-chain" }, row_count: null },
    ]);
    const gone = await custody([
      "chain",
      "verify",
      "--db-url",
      "host=/nowhere user=x dbname=x",
      "--output",
      "json",
    ]);
    expect([gone.code, documentOf(gone)]).toMatchObject([
      3,
      { verdict: "not-verified", error: { code: "unreachable" } },
    ]);
    for (const wrong of [
      ["--limit-findings", "0"],
      ["--profile", "nonsense.yaml"],
      ["--limit-findings", "1.5"],
    ]) {
      const code = (await custody(["chain", "verify", "--db-url", dsnOf(database.settings), ...wrong])).code;
      expect([wrong, code === 2 || code === 3]).toEqual([wrong, true]);
    }
  });
});
