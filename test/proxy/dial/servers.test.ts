import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { openDialer } from "../../../src/proxy/adapters/dial/open-dialer.ts";
import type { TargetKind } from "../../../src/chokepoint/resource.ts";
import { startNats } from "../../support/nats-server.ts";
import { startMongoPeer } from "../../support/mongo-peer.ts";
import { startRedis } from "../../support/redis-server.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { freePort } from "../../support/tcp-cluster.ts";
import { bareEnv } from "../../support/tcp-settings.ts";
import { makeWireCertificates } from "../../support/wire-certificates.ts";
import { record, transports } from "../../support/wire-ends.ts";

const never = new AbortController().signal;
const pem = makeWireCertificates();

/** Their texts as files. */
function files(folder: string): Readonly<Record<"ca" | "other" | "cert" | "key" | "both", string>> {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    ca: write("ca.pem", pem.ca),
    other: write("other.pem", pem.otherCa),
    cert: write("cert.pem", pem.server.cert),
    key: write("key.pem", pem.server.key),
    both: write("both.pem", pem.server.cert + pem.server.key),
  };
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  await work.catch((error: unknown) => error);

for (const [name, transport] of transports) {
  const dialerOf = (kind: TargetKind, url: string) =>
    openDialer({ name: "target", kind, url }, { transport, env: bareEnv });

  /** What a server answers to these words, or says by itself. */
  const ask = async (kind: TargetKind, url: string, words: string): Promise<string> => {
    const connection = await (await dialerOf(kind, url)).dial(never);
    const told = record(connection);
    connection.write(Buffer.from(words));
    await told.until(() => told.text().includes("\n"));
    connection.destroy();
    await told.closed();
    return `${connection.isEncrypted ? "tls" : "clear"} ${told.text()}`;
  };

  describe(`${name}: to the others`, () => {
    test("Redis: over TCP, a socket, TLS", async () => {
      using folder = temporaryFolder();
      const pems = files(folder.path);
      const [plain, tls] = [await freePort(), await freePort()];
      await using redis = await startRedis({
        port: String(plain),
        bind: "127.0.0.1",
        "tls-port": String(tls),
        "tls-cert-file": pems.cert,
        "tls-key-file": pems.key,
        "tls-ca-cert-file": pems.ca,
      });
      expect(await ask("redis", `redis://127.0.0.1:${plain}`, "PING\r\n")).toBe("clear +PONG\r\n");
      expect(await ask("redis", `unix://${redis.socket}`, "PING\r\n")).toBe("clear +PONG\r\n");
      const own = `cert=${pems.cert}&key=${pems.key}`;
      const secured = `rediss://localhost:${tls}?cacert=${pems.ca}&${own}`;
      expect(await ask("redis", secured, "PING\r\n")).toBe("tls +PONG\r\n");
      const wrong = ask("redis", `rediss://localhost:${tls}?cacert=${pems.other}&${own}`, "PING\r\n");
      expect(await failure(wrong)).toMatchObject({ code: "tls-failed" });
      const dead = await freePort();
      expect(await failure(ask("redis", `redis://127.0.0.1:${dead}`, ""))).toMatchObject({
        code: "unreachable",
        message: `cannot reach 127.0.0.1:${dead}: connection refused`,
      });
    });

    test("NATS: its INFO is told, in clear or after the handshake that it asks for", async () => {
      using folder = temporaryFolder();
      const pems = files(folder.path);
      await using plain = await startNats();
      const ping = 'CONNECT {"verbose":false}\r\nPING\r\n';
      expect(await ask("nats", plain.url, ping)).toMatch(/^clear INFO \{/);
      const insisting = `tls://127.0.0.1:${plain.port}?ca=${pems.ca}`;
      expect(await failure(ask("nats", insisting, ping))).toMatchObject({
        code: "tls-failed",
        message: `no TLS with 127.0.0.1:${plain.port}: the server offers none`,
      });
      const lines = `tls { cert_file: "${pems.cert}", key_file: "${pems.key}" }`;
      await using secured = await startNats(lines);
      for (const scheme of ["nats", "tls"]) {
        const url = `${scheme}://localhost:${secured.port}?ca=${pems.ca}`;
        const connection = await (await dialerOf("nats", url)).dial(never);
        const told = record(connection);
        connection.write(Buffer.from(ping));
        await told.until(() => told.text().includes("PONG\r\n"));
        expect(told.text()).toMatch(/^INFO \{/);
        expect(connection.isEncrypted).toBe(true);
        connection.destroy();
      }
      const dead = await freePort();
      const both = `nats://127.0.0.1:${dead},127.0.0.1:${plain.port}`;
      expect(await ask("nats", both, ping)).toMatch(/^clear INFO \{/);
      const wrong = `tls://localhost:${secured.port}?ca=${pems.other}`;
      expect(await failure(ask("nats", wrong, ping))).toMatchObject({ code: "tls-failed" });
    });

    test("MongoDB: as the driver reads its URL", async () => {
      using folder = temporaryFolder();
      const pems = files(folder.path);
      await using peer = await startMongoPeer();
      const plain = await (await dialerOf("mongo", peer.url)).dial(never);
      expect(plain.isEncrypted).toBe(false);
      plain.destroy();
      // No MongoDB can be had: a server of TLS that says who asked.
      const server = createServer(
        { ...pem.server, ca: pem.ca, requestCert: true, rejectUnauthorized: true },
        (socket) => socket.on("error", () => undefined).write("hello\n"),
      ).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const url = (host: string, more: string): string =>
        `mongodb://${host}:${port}/?tls=true&tlsCertificateKeyFile=${pems.both}&${more}`;
      expect(await ask("mongo", url("localhost", `tlsCAFile=${pems.ca}`), "")).toBe("tls hello\n");
      const bad = ask("mongo", url("localhost", `tlsCAFile=${pems.other}`), "");
      expect(await failure(bad)).toMatchObject({ code: "tls-failed" });
      const lax = `tlsCAFile=${pems.other}&tlsAllowInvalidCertificates=true`;
      expect(await ask("mongo", url("localhost", lax), "")).toBe("tls hello\n");
      const misnamed = `tlsCAFile=${pems.ca}&tlsAllowInvalidHostnames=true`;
      expect(await ask("mongo", url("127.0.0.2", misnamed).replace("127.0.0.2", "127.0.0.1"), "")).toBe(
        "tls hello\n",
      );
      expect(await failure(dialerOf("mongo", "mongodb+srv://user:secret@cluster.example/"))).toMatchObject({
        code: "bad-config",
        message: expect.not.stringContaining("secret"),
      });
      server.close();
    });

    test("a command has no server", async () => {
      expect(await failure(dialerOf("command", ""))).toMatchObject({ code: "bad-config" });
    });
  });
}
