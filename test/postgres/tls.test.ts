import { describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";
import { bareEnv, connectFailure, tcpSettings } from "../support/tcp-settings.ts";

const tcp = await startTcpCluster();
const options = { applicationName: "test" };

describe("sslmode", () => {
  test.each([
    ["disable", false],
    ["allow", false],
    ["prefer", true],
    ["require", true],
  ])("%s", async (mode, isEncrypted) => {
    await using session = await connect(await tcpSettings(tcp, "scram_user", `?sslmode=${mode}`), options);
    expect(session.isEncrypted).toBe(isEncrypted);
  });

  test("allow falls back to TLS, prefer falls back to none", async () => {
    await using encrypted = await connect(await tcpSettings(tcp, "tls_user", "?sslmode=allow"), options);
    expect(encrypted.isEncrypted).toBe(true);
    await using plain = await connect(await tcpSettings(tcp, "plain_user", "?sslmode=prefer"), options);
    expect(plain.isEncrypted).toBe(false);
  });

  test("disable and require do not fall back", async () => {
    expect((await connectFailure(await tcpSettings(tcp, "tls_user", "?sslmode=disable"))).code).toBe(
      "authentication-failed",
    );
    expect((await connectFailure(await tcpSettings(tcp, "plain_user", "?sslmode=require"))).code).toBe(
      "authentication-failed",
    );
  });

  test("verify-ca and verify-full accept the CA and the name", async () => {
    for (const mode of ["verify-ca", "verify-full"]) {
      await using session = await connect(
        await tcpSettings(tcp, "scram_user", `?sslmode=${mode}&sslrootcert=${tcp.files.ca}`),
        options,
      );
      expect(session.isEncrypted).toBe(true);
    }
  });

  test.each(["verify-ca", "verify-full", "require"])("%s refuses another CA", async (mode) => {
    const settings = await tcpSettings(
      tcp,
      "scram_user",
      `?sslmode=${mode}&sslrootcert=${tcp.files.otherCa}`,
    );
    expect((await connectFailure(settings)).code).toBe("tls-failed");
  });

  test("verify-full refuses another name, verify-ca does not ask", async () => {
    const byAddress = (mode: string): Promise<ConnectionSettings> =>
      resolveSettings(
        `host=127.0.0.1 port=${tcp.port} user=scram_user dbname=postgres sslmode=${mode} sslrootcert=${tcp.files.ca}`,
        { ...bareEnv, PGPASSWORD: tcpPassword },
      );
    expect((await connectFailure(await byAddress("verify-full"))).code).toBe("tls-failed");
    await using session = await connect(await byAddress("verify-ca"), options);
    expect(session.isEncrypted).toBe(true);
  });

  test("hostaddr is where to go, host is what the certificate names", async () => {
    const settings = await tcpSettings(
      tcp,
      "scram_user",
      `?sslmode=verify-full&sslrootcert=${tcp.files.ca}&hostaddr=127.0.0.1`,
    );
    await using session = await connect(settings, options);
    expect(session.isEncrypted).toBe(true);
  });

  test("the TLS version can be chosen", async () => {
    await using session = await connect(
      await tcpSettings(tcp, "scram_user", "?ssl_max_protocol_version=TLSv1.2"),
      options,
    );
    const [row] = await session.sql`select version from pg_stat_ssl where pid = pg_backend_pid()`;
    expect(row).toEqual({ version: "TLSv1.2" });
  });

  test("verify without a CA says what is missing", async () => {
    expect(
      (await connectFailure(await tcpSettings(tcp, "scram_user", "?sslmode=verify-full"))).hint,
    ).toContain("sslrootcert");
  });

  test("the system's CAs did not sign this one", async () => {
    expect((await connectFailure(await tcpSettings(tcp, "scram_user", "?sslrootcert=system"))).code).toBe(
      "tls-failed",
    );
  });
});
