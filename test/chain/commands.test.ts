import { describe, expect, test } from "bun:test";
import { execute } from "../../src/cli.ts";
import type { ProcessEdge } from "../../src/run/shell.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import {
  appendRows,
  appenderRole,
  chainDatabase,
  ownerRole,
  prepareChains,
} from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { tamper } from "../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function custody(args: readonly string[], stdin = ""): Promise<Told> {
  using folder = temporaryFolder();
  const told = { stdout: "", stderr: "" };
  const writer = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      told[name] += text;
    },
    isTTY: false,
    columns: () => 100,
  });
  const edge: ProcessEdge = {
    env: { LANG: "C.UTF-8", HOME: folder.path },
    cwd: folder.path,
    openStdin: () =>
      Object.assign(
        (async function* () {
          yield Buffer.from(stdin);
        })(),
        { isTTY: false },
      ),
    stdout: writer("stdout"),
    stderr: writer("stderr"),
    signal: new AbortController().signal,
  };
  const code = await execute(args, edge);
  return { code, ...told };
}

function urlOf(settings: ConnectionSettings, role = settings.user): string {
  const host = settings.hosts[0]!;
  return `host=${host.host} port=${host.port} user=${role} dbname=${settings.database}`;
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";
const documentOf = (told: Told): Record<string, unknown> =>
  JSON.parse(told.stdout) as Record<string, unknown>;

describe("chain init", () => {
  test("installs the chain, then does nothing; two at once install it once", async () => {
    await using database = await freshDatabase(cluster);
    const init = [
      "chain",
      "init",
      "--db-url",
      urlOf(database.settings),
      "--schema",
      "audit",
      "--output",
      "json",
    ];
    const both = await Promise.all([custody(init), custody(init)]);
    expect(both.map((told) => told.code)).toEqual([0, 0]);
    expect(new Set(both.map((told) => documentOf(told)["version_before"]))).toEqual(new Set([0, 1]));
    expect(documentOf(await custody(init))).toMatchObject({
      verdict: "ready",
      schema: "audit",
      version_before: 1,
      version: 1,
      applied: [],
    });
  });

  test("lets a role append, and nothing more", async () => {
    await using database = await freshDatabase(cluster);
    const url = urlOf(database.settings);
    const told = await custody([
      "chain",
      "init",
      "--db-url",
      url,
      "--schema",
      "audit",
      "--appender",
      appenderRole,
    ]);
    expect(lastLine(told.stdout)).toBe("READY schema=audit version=1 applied=1");
    const append = [
      "chain",
      "append",
      "--db-url",
      urlOf(database.settings, appenderRole),
      "--actor",
      "ann",
      "--action",
      "came",
      "--resource",
      "door/1/2",
    ];
    const appended = documentOf(await custody([...append, "--output", "json"]));
    expect(appended).toMatchObject({ verdict: "appended", seq: null, row_hash: null });
    const verified = documentOf(await custody(["chain", "verify", "--db-url", url, "--output", "json"]));
    expect(verified).toMatchObject({ verdict: "clean", row_count: 1, findings: [] });
    expect(
      await custody(["chain", "init", "--db-url", url, "--schema", "audit", "--appender", "nobody"]),
    ).toMatchObject({ code: 2 });
    expect(
      (await custody(["chain", "verify", "--db-url", urlOf(database.settings, appenderRole)])).code,
    ).toBe(3);
  });

  test("refuses a foreign table, another encoding, an odd name, a role without rights; changes nothing then", async () => {
    await using database = await freshDatabase(cluster);
    const url = urlOf(database.settings);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe("create schema theirs; create view theirs.audit_chain_head as select 1");
    const refused = async (...args: string[]): Promise<readonly [number, unknown]> => {
      const told = await custody(["chain", "init", "--output", "json", "--db-url", ...args]);
      return [told.code, (documentOf(told)["error"] as { code: string }).code];
    };
    expect(await refused(url, "--schema", "theirs")).toEqual([2, "foreign-schema"]);
    for (const name of ["pg_mine", "$custody$", "x".repeat(64)])
      expect(await refused(url, "--schema", name)).toEqual([2, "bad-usage"]);
    expect(await refused(urlOf(database.settings, ownerRole), "--schema", "new")).toEqual([
      3,
      "permission-denied",
    ]);
    await run(
      cluster,
      "create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'",
    );
    expect(await refused(urlOf({ ...cluster.settings, database: "latin" }))).toEqual([
      3,
      "unsupported-server",
    ]);
    const left =
      await session.sql`select count(*)::int as n from pg_class where relname ~ '^audit_' and relkind = 'r'`;
    expect(left[0]).toEqual({ n: 0 });
  });

  test("takes back what default privileges would have given away", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(
      `alter default privileges grant all on tables to ${appenderRole}; alter default privileges grant execute on functions to ${appenderRole}`,
    );
    const url = urlOf(database.settings);
    expect((await custody(["chain", "init", "--db-url", url])).code).toBe(0);
    expect(documentOf(await custody(["chain", "verify", "--db-url", url, "--output", "json"]))).toMatchObject(
      { verdict: "clean", findings: [] },
    );
  });
});

describe("chain append", () => {
  test("appends one event and says where it stands; details come from a flag or from standard input", async () => {
    await using chain = await chainDatabase(cluster);
    const append = [
      "chain",
      "append",
      "--db-url",
      urlOf(chain.settings),
      "--actor",
      "ann",
      "--action",
      "came",
      "--resource",
      "door/1/2",
    ];
    const told = await custody(
      [...append, "--details", "-", "--category", "doors", "--id", "mine"],
      '{"n": 1.50}',
    );
    expect(lastLine(told.stdout)).toMatch(/^APPENDED id=mine seq=1 row_hash=[0-9a-f]{64}$/);
    expect(
      (await custody([...append, "--details", '{"a": 1}', "--timestamp", "2026-01-02 03:04:05.678901Z"]))
        .code,
    ).toBe(0);
    const rows =
      await chain.sql`select actor_type, resource_type, resource_id, details::text, event_category from audit_events order by seq`;
    expect([...rows]).toEqual([
      {
        actor_type: "User",
        resource_type: "door",
        resource_id: "1/2",
        details: '{"n": 1.50}',
        event_category: "doors",
      },
      {
        actor_type: "User",
        resource_type: "door",
        resource_id: "1/2",
        details: '{"a": 1}',
        event_category: "general",
      },
    ]);
  });

  test("refuses what is no event with exit code 2, and appends nothing", async () => {
    await using chain = await chainDatabase(cluster);
    const append = [
      "chain",
      "append",
      "--db-url",
      urlOf(chain.settings),
      "--actor",
      "ann",
      "--action",
      "came",
    ];
    for (const wrong of [
      ["--resource", "door"],
      ["--resource", "door/1", "--details", "{"],
      ["--resource", "door/1", "--timestamp", "yesterday-ish"],
      ["--resource", "door/1", "--id", "x".repeat(256)],
      ["--resource", "door/1", "--details", '"\\u0000"'],
      [],
    ]) {
      const told = await custody([...append, ...wrong]);
      expect([wrong, told.code, told.stderr.split("\n").length]).toEqual([wrong, 2, 3]);
    }
    const reserved = await custody([
      "chain",
      "append",
      "--db-url",
      urlOf(chain.settings),
      "--actor",
      "a",
      "--action",
      "audit.x",
      "--resource",
      "a/b",
    ]);
    expect(reserved.code).toBe(2);
    expect(
      (await custody([...append, "--resource", "door/1", "--details", "-"], `"${"x".repeat(1_048_576)}"`))
        .stderr,
    ).toContain("at most 1048576");
    const count = await chain.sql`select count(*)::int as n from audit_events`;
    expect(count[0]).toEqual({ n: 0 });
  });
});

describe("chain verify", () => {
  test("ends with 0 and CLEAN, or with 1, BROKEN and what is wrong", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 24);
    const verify = ["chain", "verify", "--db-url", urlOf(chain.settings)];
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

  test("is never green where there is nothing to verify, or it cannot", async () => {
    await using database = await freshDatabase(cluster);
    const told = await custody(["chain", "verify", "--db-url", urlOf(database.settings), "--output", "json"]);
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
      const code = (await custody(["chain", "verify", "--db-url", urlOf(database.settings), ...wrong])).code;
      expect([wrong, code === 2 || code === 3]).toEqual([wrong, true]);
    }
  });
});
