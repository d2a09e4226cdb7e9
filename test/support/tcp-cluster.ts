import { afterAll } from "bun:test";
import { execFile } from "node:child_process";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { run, startTestCluster } from "./cluster.ts";
import type { Major } from "./cluster.ts";

const openssl = promisify(execFile);

/** A server on the loopback, with TLS and passwords: what a throwaway cluster never is. */
export interface TcpCluster {
  readonly cluster: ScratchCluster;
  readonly port: number;
  /** PEM files: a CA, another CA that signed nothing, a client's certificate and key for the user `cert_user`. */
  readonly files: Readonly<Record<"ca" | "otherCa" | "clientCert" | "clientKey", string>>;
}

/**
 * The server's certificate names `localhost` alone. pg_hba.conf: `plain_user` only without TLS, `tls_user` only with TLS,
 * `cert_user` only by certificate, `md5_user` and `clear_user` by those methods, all others by scram; `rejected` never.
 */
export async function startTcpCluster(
  major: Major = 15,
  parameters: Readonly<Record<string, string>> = {},
): Promise<TcpCluster> {
  const folder = await mkdtemp(join(tmpdir(), "tcp-cluster-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const at = (name: string): string => join(folder, name);
  await makeAuthority(folder, "ca");
  await makeAuthority(folder, "otherCa");
  await makeCertificate(folder, "server", "localhost", "subjectAltName=DNS:localhost");
  await makeCertificate(folder, "client", "cert_user", "extendedKeyUsage=clientAuth");
  await writeFile(
    at("hba"),
    [
      "local all all trust",
      "host all rejected all reject",
      "hostnossl all plain_user all scram-sha-256",
      "hostssl all tls_user all scram-sha-256",
      "hostssl all cert_user all cert",
      "host all md5_user all md5",
      "host all clear_user all password",
      "host all plain_user,tls_user,cert_user all reject",
      "host all all all scram-sha-256",
      "host replication all all scram-sha-256",
    ].join("\n"),
  );
  const user = await serverUser();
  await chown(at("server.key"), user.uid, user.gid);
  const port = await freePort();
  const cluster = await startTestCluster(major, {
    parameters: {
      listen_addresses: "127.0.0.1",
      port: String(port),
      hba_file: at("hba"),
      ssl: "on",
      ssl_cert_file: at("server.crt"),
      ssl_key_file: at("server.key"),
      ssl_ca_file: at("ca.crt"),
      ...parameters,
    },
  });
  for (const role of ["plain_user", "tls_user", "cert_user", "clear_user", "scram_user", "rejected"]) {
    await run(cluster, `create role ${role} login password 'the:secret\\9'`);
  }
  await run(cluster, "set password_encryption = md5; create role md5_user login password 'the:secret\\9'");
  return {
    cluster,
    port,
    files: {
      ca: at("ca.crt"),
      otherCa: at("otherCa.crt"),
      clientCert: at("client.crt"),
      clientKey: at("client.key"),
    },
  };
}

/** The password of every role of a TCP cluster. */
export const tcpPassword = "the:secret\\9";

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

async function makeAuthority(folder: string, name: string): Promise<void> {
  const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.crt`)];
  await openssl("openssl", ["req", "-x509", ...newKey, "-days", "2", "-subj", `/CN=${name}`, ...files]);
}

async function makeCertificate(
  folder: string,
  name: string,
  subject: string,
  extension: string,
): Promise<void> {
  const at = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const request = ["-subj", `/CN=${subject}`, "-keyout", at("key"), "-out", at("csr")];
  await openssl("openssl", ["req", "-new", ...newKey, ...request]);
  await writeFile(at("ext"), extension);
  const authority = ["-CA", join(folder, "ca.crt"), "-CAkey", join(folder, "ca.key"), "-CAcreateserial"];
  const made = ["-extfile", at("ext"), "-out", at("crt")];
  await openssl("openssl", ["x509", "-req", "-days", "2", "-in", at("csr"), ...authority, ...made]);
  await chmod(at("key"), 0o600);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : 0);
  });
  const port = await promise;
  await new Promise((closed) => server.close(closed));
  return port;
}
