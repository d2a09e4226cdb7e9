import { describe, expect, test } from "bun:test";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";

const { env, tcp } = await startWirePostgres();

/** How a client gets on: what it read, or what it was told. */
async function logIn(
  listener: string,
  more: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly said: string }> {
  const { code, stdout, stderr } = await psql(env(listener, more), "select current_user;");
  return { code, said: stdout + stderr };
}

describe("SCRAM-SHA-256", () => {
  test.each([
    ["clear, clear", "plain", { PGSSLMODE: "disable" }],
    ["TLS, clear", "plain", { PGSSLMODE: "require" }],
    ["TLS with the listener's name, clear", "plain", { PGSSLMODE: "verify-full" }],
    ["TLS, TLS, no channel binding", "tls", { PGSSLMODE: "verify-full", PGCHANNELBINDING: "disable" }],
  ])("%s: in with the password, and not without", async (_, listener, more) => {
    expect(await logIn(listener, more)).toEqual({ code: 0, said: "owner\n" });
    const wrong = await logIn(listener, { ...more, PGPASSWORD: "guessed" });
    expect(wrong.code).toBe(2);
    expect(wrong.said).toContain('FATAL:  password authentication failed for user "owner"\n');
  });

  test("TLS, TLS, from a client that could bind the channel: the server refuses, since the offer was taken out in between, and the client is told what helps", async () => {
    for (const PGSSLMODE of ["require", "verify-full"]) {
      const { code, said } = await logIn("tls", { PGSSLMODE });
      expect(code).toBe(2);
      expect(said).toContain("FATAL:  the server takes no login that could be bound to the TLS channel");
      expect(said).toContain("HINT:  connect with channel_binding=disable (PGCHANNELBINDING=disable)\n");
    }
  });

  test("a client that insists on channel binding is told by itself that there is none", async () => {
    const { code, said } = await logIn("plain", { PGSSLMODE: "require", PGCHANNELBINDING: "require" });
    expect(code).toBe(2);
    expect(said).toContain(
      "channel binding is required, but server did not offer an authentication method that supports channel binding",
    );
  });
});

test.each(["md5_user", "clear_user"])("%s: other methods pass through as well", async (user) => {
  const more = { PGUSER: user, PGDATABASE: "postgres" };
  expect(await logIn("plain", { ...more, PGSSLMODE: "require" })).toEqual({ code: 0, said: `${user}\n` });
  expect(await logIn("tls", { ...more, PGSSLMODE: "verify-full" })).toEqual({ code: 0, said: `${user}\n` });
});

test("what pg_hba.conf refuses stays refused, in the server's own words", async () => {
  const { code, said } = await logIn("plain", { PGUSER: "rejected", PGDATABASE: "postgres" });
  expect(code).toBe(2);
  expect(said).toContain('FATAL:  pg_hba.conf rejects connection for host "127.0.0.1", user "rejected"');
  const encrypted = await logIn("plain", {
    PGUSER: "tls_user",
    PGDATABASE: "postgres",
    PGSSLMODE: "require",
  });
  expect(encrypted.said).toContain("pg_hba.conf rejects connection");
});

test("a listener that asks for TLS takes nobody in clear, and another authority's listener is not trusted", async () => {
  const clear = await logIn("tls", { PGSSLMODE: "disable" });
  expect(clear.code).toBe(2);
  expect(clear.said).toContain("FATAL:  this listener takes encrypted connections only\n");
  const stranger = await logIn("plain", { PGSSLMODE: "verify-full", PGSSLROOTCERT: tcp.files.ca });
  expect([stranger.code, stranger.said]).toEqual([2, expect.stringContaining("certificate verify failed")]);
});
