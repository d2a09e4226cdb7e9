import { afterAll, beforeAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "../support/build-program.ts";
import { startTestApi, tokenOf, tokens } from "../support/api-server.ts";

let folder = "";
let binary = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drop-command-test-"));
  binary = buildProgram(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly ended: Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** Resolves when so much was printed. */
  printed(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** The binary, beside the server of this process: it must not be waited for by blocking. */
function run(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = Bun.spawn([binary, "drop", ...args], {
    cwd: folder,
    env: { LANG: "C.UTF-8", HOME: folder, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  let stdout = "";
  let wake = Promise.withResolvers<void>();
  const read = (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += chunk;
      wake.resolve();
      wake = Promise.withResolvers<void>();
    }
    wake.resolve();
  })();
  const stderr = new Response(child.stderr).text();
  return {
    ended: Promise.all([child.exited, read, stderr]).then(([code, , told]) => ({
      code,
      stdout,
      stderr: told,
    })),
    async printed(text) {
      while (!stdout.includes(text)) await wake.promise;
    },
    kill: (signal) => child.kill(signal),
  };
}

const request = (name: string, ...more: string[]): string[] => [
  "request",
  "customers",
  "postgres",
  name,
  "--token",
  "t",
  "--request-id",
  `r-${name}`,
  "--reason",
  "x",
  ...more,
];

test("over TLS, by a client certificate, the compiled command asks and is known", async () => {
  const openssl = (...args: string[]): unknown =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  writeFileSync(join(folder, "san"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  openssl("req", "-x509", ...key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt");
  for (const name of ["server", "worker"]) {
    openssl("req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-out", `${name}.crt`);
  }
  const file = (name: string): string => readFileSync(join(folder, name), "utf8");
  await using api = await startTestApi({
    tls: { cert: file("server.crt"), key: file("server.key"), client_ca: file("ca.crt") },
    tokens,
    clients: [{ name: "worker", common_name: "worker", scopes: ["request", "read"] }],
  });
  const env = { CUSTODY_API: api.server.address };
  const client = ["--ca-file", "ca.crt", "--cert-file", "worker.crt", "--key-file", "worker.key"];
  const told = await run(request("db_1", "--output", "json", ...client), env).ended;
  expect([told.code, told.stderr]).toEqual([0, ""]);
  expect(JSON.parse(told.stdout)).toMatchObject({ verdict: "accepted", drop: { caller: "worker" } });
  const stranger = await run(["list", "--ca-file", "ca.crt"], env).ended;
  expect([stranger.code, stranger.stderr]).toEqual([
    3,
    expect.stringContaining("does not know you") as string,
  ]);
  const unknown = await run(["list"], env).ended;
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining("--ca-file") as string]);
});

test("interrupted while it waits, it leaves at once, and the drop goes on", async () => {
  await using api = await startTestApi();
  const env = { CUSTODY_API: api.server.address, CUSTODY_TOKEN: tokenOf("oncall") };
  const waiting = run(request("db_held_1", "--wait"), env);
  await waiting.printed("held: 0 of 1");
  waiting.kill("SIGINT");
  const told = await waiting.ended;
  expect(told.code).toBe(130);
  expect(told.stderr).toContain("goes on without this command: it was held");
  const [drop] = await api.chokepoint.list({ limit: 1 });
  expect(drop?.state).toBe("held");
});

test("followed to its end by the compiled command", async () => {
  await using api = await startTestApi();
  const env = { CUSTODY_API: api.server.address, CUSTODY_TOKEN: tokenOf("oncall") };
  const waiting = run(request("db_1", "--wait"), env);
  await waiting.printed("fenced: out of reach");
  const [drop] = await api.chokepoint.list({ limit: 1 });
  for (const state of ["tombstoned", "proved", "completed"] as const)
    api.chokepoint.move(drop!.dropId, state);
  const told = await waiting.ended;
  expect([told.code, told.stdout]).toEqual([0, expect.stringContaining("COMPLETED drop_id=") as string]);
});
