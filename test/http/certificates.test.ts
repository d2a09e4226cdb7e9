import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { request } from "node:https";
import type { HttpSection } from "../../src/chokepoint/faces.ts";
import { startTestApi, tokenOf, tokens } from "../support/api-server.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const openssl = (cwd: string, ...args: string[]): unknown =>
  execFileSync("openssl", args, { cwd, stdio: "pipe" });

/** An authority, a server's certificate, clients by that authority, and one that vouches for itself. */
function certificates(folder: string): (name: string) => string {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  writeFileSync(join(folder, "san"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  for (const name of ["ca", "self"]) {
    const subject = name === "ca" ? "/CN=ca" : "/CN=worker";
    openssl(
      folder,
      "req",
      "-x509",
      ...key,
      "-days",
      "2",
      "-subj",
      subject,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.crt`,
    );
  }
  for (const name of ["server", "worker", "stranger"]) {
    openssl(folder, "req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
    openssl(folder, "x509", "-req", "-in", `${name}.csr`, ...by, "-out", `${name}.crt`);
  }
  return (name) => readFileSync(join(folder, name), "utf8");
}

/** The common name of the certificate that a server answers with. */
async function shownBy(address: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { hostname, port } = new URL(address);
  const socket = connectTls({ host: hostname, port: Number(port), ca }, () =>
    resolve(String(socket.getPeerCertificate().subject.CN)),
  );
  socket.once("error", reject);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** The status of an answer to whoever shows the client's certificate; null: none. */
function askOver(
  address: string,
  file: (name: string) => string,
  client: string | null,
  headers: Record<string, string> = {},
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const own = client === null ? {} : { cert: file(`${client}.crt`), key: file(`${client}.key`) };
  const asked = request(
    `${address}/v1/drops`,
    { ca: file("ca.crt"), agent: false, headers, ...own },
    (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    },
  );
  asked.once("error", reject);
  asked.end();
  return promise;
}

describe("over TLS", () => {
  test("others from now on: the certificate, and the authority of clients", async () => {
    using folder = temporaryFolder();
    const file = certificates(folder.path);
    const clients = ["worker", "stranger"].map((name) => ({
      name,
      common_name: name,
      scopes: ["read" as const],
    }));
    const before = { cert: file("server.crt"), key: file("server.key"), client_ca: file("ca.crt") };
    await using api = await startTestApi({ tls: before, clients });
    const { address } = api.server;
    expect(await shownBy(address, file("ca.crt"))).toBe("server");
    expect([await askOver(address, file, "worker"), await askOver(address, file, "self")]).toEqual([
      200, 401,
    ]);
    const now = { cert: file("stranger.crt"), key: file("stranger.key"), client_ca: file("self.crt") };
    api.server.replace({ tls: now, clients });
    expect(await shownBy(address, file("ca.crt"))).toBe("stranger");
    // Both call themselves worker.
    expect([await askOver(address, file, "worker"), await askOver(address, file, "self")]).toEqual([
      401, 200,
    ]);
  });

  test("a certificate by the authority says who asks; others, or none, say nothing", async () => {
    using folder = temporaryFolder();
    const file = certificates(folder.path);
    const http: HttpSection = {
      tls: { cert: file("server.crt"), key: file("server.key"), client_ca: file("ca.crt") },
      tokens,
      clients: [{ name: "worker", common_name: "worker", scopes: ["read"] }],
    };
    await using api = await startTestApi(http);
    expect(api.server.address).toStartWith("https://127.0.0.1:");
    const ask = (client: string | null, headers: Record<string, string> = {}): Promise<number> =>
      askOver(api.server.address, file, client, headers);
    expect(await ask("worker")).toBe(200);
    expect(await ask(null)).toBe(401);
    expect(await ask("stranger")).toBe(401);
    expect(await ask("self")).toBe(401);
    expect(await ask(null, { authorization: `Bearer ${tokenOf("reader")}` })).toBe(200);
    expect(await ask("self", { authorization: `Bearer ${tokenOf("reader")}` })).toBe(200);
    // A wrong token is not mended by a right certificate.
    expect(await ask("worker", { authorization: "Bearer wrong" })).toBe(401);
  });

  test("what comes too slowly is ended here as well", async () => {
    using folder = temporaryFolder();
    const file = certificates(folder.path);
    await using api = await startTestApi(
      { tls: { cert: file("server.crt"), key: file("server.key") }, tokens },
      (usual) => ({
        ...usual,
        connections: { ...usual.connections, headersMs: 300, requestMs: 500, idleMs: 400 },
      }),
    );
    const { hostname, port } = new URL(api.server.address);
    const ended = (text: string | null): Promise<string> => {
      const { promise, resolve } = Promise.withResolvers<string>();
      let told = "";
      if (text === null) {
        const bare = connect(Number(port), hostname);
        bare.on("close", () => resolve(told));
        bare.on("error", () => undefined);
        return promise;
      }
      const child = Bun.spawn(["openssl", "s_client", "-quiet", "-connect", `${hostname}:${port}`], {
        stdin: "pipe",
        stderr: "ignore",
      });
      void child.stdin.write(text);
      void child.stdin.flush();
      void new Response(child.stdout).text().then((out) => resolve((told = out)));
      return promise;
    };
    const auth = `Authorization: Bearer ${tokenOf("oncall")}\r\n`;
    const [, half, body, idle] = await Promise.all([
      ended(null),
      ended(`GET /v1/drops HTTP/1.1\r\n${auth}X-`),
      ended(
        `POST /v1/drops HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
      ),
      ended("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
    ]);
    expect([half, body]).toEqual(["", ""]);
    expect(idle).toStartWith("HTTP/1.1 200 ");
    expect(idle.toLowerCase()).toContain("strict-transport-security");
  });

  test("an answer that nobody takes is ended here as well, and framing is as strict", async () => {
    using folder = temporaryFolder();
    const file = certificates(folder.path);
    await using api = await startTestApi(
      { tls: { cert: file("server.crt"), key: file("server.key") }, tokens },
      (usual) => ({ ...usual, connections: { ...usual.connections, idleMs: 400 } }),
      { expose: async () => "# as many series as there can be\n".repeat(1_000_000) },
    );
    const { hostname: host, port } = new URL(api.server.address);
    const open = () => connectTls({ host, port: Number(port), ca: file("ca.crt") });
    const ended = Promise.withResolvers<void>();
    const deaf = open();
    deaf.once("secureConnect", () => deaf.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
    deaf.pause();
    const knocking = setInterval(() => deaf.write("\r\n"), 50);
    for (const event of ["error", "close"]) deaf.on(event, () => ended.resolve());
    await ended.promise;
    clearInterval(knocking);
    deaf.destroy();
    for (const twice of ["Host: y\r\n", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"]) {
      const told = Promise.withResolvers<string>();
      const socket = open();
      const text = `GET /v1/targets HTTP/1.1\r\nHost: x\r\n${twice}Authorization: Bearer ${tokenOf("oncall")}\r\n\r\n0\r\n\r\n`;
      socket.once("secureConnect", () => socket.write(text));
      socket.once("data", (chunk: Buffer) => told.resolve(chunk.toString()));
      socket.once("close", () => told.resolve(""));
      expect(await told.promise).toStartWith("HTTP/1.1 400 ");
      socket.destroy();
    }
  });
});
