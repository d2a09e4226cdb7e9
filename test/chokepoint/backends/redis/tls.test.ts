import { afterAll, beforeAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import { startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";

const folder = mkdtempSync(join(tmpdir(), "custody-redis-tls-"));
const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
const signal = new AbortController().signal;
let redis: TestRedis;
let ports: { readonly plain: number; readonly tls: number };

beforeAll(async () => {
  const args = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
  ];
  execFileSync(
    "openssl",
    [
      ...args,
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
      "-keyout",
      key,
      "-out",
      cert,
    ],
    {
      stdio: "ignore",
    },
  );
  ports = { plain: await freePort(), tls: await freePort() };
  redis = await startRedis({
    port: String(ports.plain),
    bind: "127.0.0.1",
    requirepass: "",
    "tls-port": String(ports.tls),
    "tls-cert-file": cert,
    "tls-key-file": key,
    "tls-ca-cert-file": cert,
    "tls-auth-clients": "optional",
  });
  await using client = await redis.connect();
  await client.ask("ACL", "SETUSER", "custody", "on", ">p@ss/word", "~*", "+@all");
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const ping = async (url: string): Promise<void> =>
  await openRedisBackend({ policy: redis.policy({ url }), env: process.env }).ping(signal);

test("a password, a port, a database of its own, and TLS with an authority that is named", async () => {
  await ping(`redis://custody:p%40ss%2Fword@localhost:${ports.plain}/5`);
  await ping(`rediss://custody:p%40ss%2Fword@localhost:${ports.tls}/5?cacert=${cert}`);
  await ping(`rediss://localhost:${ports.tls}?cacert=${cert}&cert=${cert}&key=${key}`);
});

test("a certificate of an authority that nobody knows, and one for another name", async () => {
  const unknown = ping(`rediss://custody:p%40ss%2Fword@localhost:${ports.tls}`);
  await expect(unknown).rejects.toMatchObject({ code: "tls-failed" });
  await expect(ping(`rediss://127.0.0.1:${ports.tls}?cacert=${cert}`)).rejects.toMatchObject({
    code: "tls-failed",
  });
});
