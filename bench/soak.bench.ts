import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installChain } from "../src/audit/install-chain.ts";
import { connect } from "../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../src/postgres/installations.ts";
import { makeServer } from "../test/support/server-process.ts";
import type { TestServer } from "../test/support/server-process.ts";
import { build, report } from "./support/processes.ts";

/**
 * Ten minutes of life: 16 writers, `chain verify` in a loop, `chain watch` beside them, and a server that is restarted twice, once
 * without a checkpoint. No false alarm, no event missed that was committed, flat memory. CUSTODY_SOAK_SECONDS makes it shorter.
 */

const seconds = Number(process.env["CUSTODY_SOAK_SECONDS"] ?? 600);
const writers = 16;
const folder = mkdtempSync(join(tmpdir(), "custody-soak-"));
const binary = join(folder, "custody");

interface Verified {
  readonly at: number;
  readonly verdict: string;
  readonly rows: number;
  readonly findings: number;
  readonly residentMb: number;
}

const started = performance.now();
const elapsed = (): number => (performance.now() - started) / 1000;

/** One event a transaction, as fast as it goes; half of the transactions do something after it. What was committed is counted. */
async function write(
  server: TestServer,
  writer: number,
  until: number,
): Promise<{ committed: number; unknown: number }> {
  let committed = 0;
  let unknown = 0;
  while (elapsed() < until) {
    try {
      await using session = await connect(server.settings, { applicationName: "writer" });
      while (elapsed() < until) {
        unknown += 1;
        await session.sql.unsafe(
          `begin; insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details)
             values ('w${writer}-${committed + unknown}', 'writer-${writer}', 'User', 'thing.made', 'thing', '${committed}', '{"n": ${committed}}')
             ${committed % 3 === 0 ? "on conflict do nothing" : ""};
           ${committed % 2 === 0 ? "select pg_sleep(0.002);" : ""} commit`,
        );
        unknown -= 1;
        committed += 1;
      }
    } catch {
      // The server is being restarted: what was in flight may be committed or not, and the next round connects again.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return { committed, unknown };
}

function residentOf(pid: number | undefined, field: "VmHWM" | "VmRSS"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function verify(dsn: string): Promise<Verified> {
  const at = elapsed();
  const child = spawn(binary, ["chain", "verify", "--db-url", dsn, "--output", "json"], {
    cwd: folder,
    env: { HOME: folder, PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  let text = "";
  let residentMb = 0;
  const sampler = setInterval(() => {
    residentMb = Math.max(residentMb, residentOf(child.pid, "VmHWM"));
  }, 50);
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(sampler);
  const document = JSON.parse(text) as Record<string, unknown>;
  return {
    at,
    verdict: String(document["verdict"]),
    rows: Number(document["row_count"] ?? 0),
    findings: Number(document["findings_total"] ?? 0),
    residentMb,
  };
}

const isOf = (verdict: string) => (each: Verified) => each.verdict === verdict;

try {
  build(binary);
  const installation = chooseInstallation(await findInstallations({ env: process.env }), {
    tools: ["initdb", "postgres"],
  });
  await using server = await makeServer(installation);
  await server.start();
  {
    await using session = await connect(server.settings, { applicationName: "soak" });
    await installChain(session, { schema: "public" });
  }
  const host = server.settings.hosts[0]!;
  const dsn = `host=${host.host} port=${host.port} user=${server.settings.user} dbname=postgres`;
  const watch = spawn(
    binary,
    [
      "chain",
      "watch",
      "--db-url",
      dsn,
      "--interval",
      "1s",
      "--full-every",
      "1m",
      "--metrics-listen",
      "127.0.0.1:0",
      "--output",
      "jsonl",
    ],
    { cwd: folder, env: { HOME: folder, PATH: "/usr/bin:/bin" }, stdio: ["ignore", "pipe", "inherit"] },
  );
  let watchFindings = 0;
  let watchEvents = 0;
  watch.stdout.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().split("\n")) {
      if (line !== "") watchEvents += 1;
      if (line.includes('"finding-')) watchFindings += 1;
    }
  });
  const watchMb: number[] = [];

  const writing = Promise.all(Array.from({ length: writers }, (_, index) => write(server, index, seconds)));
  const restarts = (async () => {
    for (const [index, signal] of (["SIGINT", "SIGQUIT"] as const).entries()) {
      const at = (seconds * (index + 1)) / 3;
      await new Promise((resolve) => setTimeout(resolve, (at - elapsed()) * 1000));
      await server.stop(signal);
      await server.start();
    }
  })();
  const verified: Verified[] = [];
  while (elapsed() < seconds) {
    verified.push(await verify(dsn));
    watchMb.push(residentOf(watch.pid, "VmRSS"));
  }
  const written = await writing;
  await restarts;
  const last = await verify(dsn);
  watch.kill("SIGTERM");
  await new Promise((resolve) => watch.on("close", resolve));

  const committed = written.reduce((sum, each) => sum + each.committed, 0);
  const unknown = written.reduce((sum, each) => sum + each.unknown, 0);
  const all = [...verified, last];
  const clean = all.filter(isOf("clean"));
  const alarms = all.filter((each) => isOf("broken")(each) || isOf("restored")(each)).length;
  report("ran", `${elapsed().toFixed(0)} s, ${writers} writers, 2 restarts`);
  report("events committed", `${committed} (${(committed / seconds).toFixed(0)} a second)`);
  report("verifications that were clean", `${clean.length}, of which the last read ${last.rows} rows`);
  report("verifications while the server was away", `${all.filter(isOf("not-verified")).length}`);
  report("false alarms of verify", `${alarms}`, { isMet: alarms === 0, text: "none" });
  report("false alarms of watch", `${watchFindings} in ${watchEvents} facts`, {
    isMet: watchFindings === 0 && watchEvents > 0,
    text: "none",
  });
  const isWhole = last.verdict === "clean" && last.rows >= committed && last.rows <= committed + unknown;
  report(
    "rows of the chain, against what was committed",
    `${last.rows} of ${committed} to ${committed + unknown}`,
    {
      isMet: isWhole,
      text: "all of them",
    },
  );
  const half = Math.floor(clean.length / 2);
  const [early, late] = [clean.slice(0, half), clean.slice(half)].map((some) =>
    Math.max(...some.map((each) => each.residentMb)),
  );
  report("most memory of verify, first and second half", `${early?.toFixed(0)} and ${late?.toFixed(0)} MB`, {
    isMet: (late ?? Infinity) <= 120,
    text: "at most 120 MB",
  });
  const settled = watchMb.slice(Math.floor(watchMb.length / 4));
  report(
    "memory of watch, after a quarter and at the end",
    `${settled[0]?.toFixed(0)} and ${settled.at(-1)?.toFixed(0)} MB`,
    {
      isMet: (settled.at(-1) ?? Infinity) <= 120,
      text: "at most 120 MB",
    },
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
