import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { OpsError } from "../../src/errors.ts";
import {
  displayAddress,
  environmentNamesDatabase,
  passwordFor,
  resolveSettings,
} from "../../src/postgres/settings.ts";
import type { Environment } from "../../src/postgres/settings.ts";
import { systemUserName } from "../../src/run/system-user.ts";

let home = "";
let env: Environment = {};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "settings-"));
  env = { HOME: home, PGSYSCONFDIR: join(home, "etc") };
  await writeFile(
    join(home, ".pg_service.conf"),
    "# mine\n[shop]\nhost=svc.example\nport=5444\n\n[other]\nhost=o\n",
  );
  await writeFile(join(home, ".pgpass"), "a:*:*:*:pa\nb:*:*:*:pb\nsvc.example:5444:*:*:ps\n", {
    mode: 0o600,
  });
  await mkdir(join(home, "etc"));
  await writeFile(
    join(home, "etc", "pg_service.conf"),
    "[shop]\nhost=system\n[far]\nhost=system\ndbname=f\n",
  );
});
afterAll(() => rm(home, { recursive: true }));

async function refusal(dbUrl: string, environment: Environment = env): Promise<OpsError> {
  const outcome: unknown = await resolveSettings(dbUrl, environment).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(OpsError);
  return outcome as OpsError;
}

describe("defaults", () => {
  test("user, database, port, sslmode", async () => {
    expect(await resolveSettings("postgres://h", env)).toMatchObject({
      hosts: [{ host: "h", port: 5432 }],
      user: systemUserName(),
      database: systemUserName(),
      sslmode: "prefer",
    });
  });

  test("the database is named after the user", async () => {
    expect((await resolveSettings("postgres://ann@h", env)).database).toBe("ann");
  });

  test("no host means a socket folder", async () => {
    expect((await resolveSettings("postgres:///d", env)).hosts[0]?.host).toStartWith("/");
  });

  test("root.crt and a client certificate in the home folder are used", async () => {
    const other = await mkdtemp(join(tmpdir(), "settings-"));
    await mkdir(join(other, ".postgresql"));
    for (const name of ["root.crt", "postgresql.crt", "postgresql.key"]) {
      await writeFile(join(other, ".postgresql", name), "");
    }
    const settings = await resolveSettings("postgres://h", { HOME: other });
    expect(settings).toMatchObject({
      sslrootcert: join(other, ".postgresql", "root.crt"),
      sslcert: join(other, ".postgresql", "postgresql.crt"),
      sslkey: join(other, ".postgresql", "postgresql.key"),
    });
    const without = await resolveSettings("postgres://h?sslcertmode=disable", { HOME: other });
    expect(without.sslcert).toBeUndefined();
    await rm(other, { recursive: true });
  });
});

describe("hosts", () => {
  test("several, each with its port", async () => {
    const { hosts } = await resolveSettings("postgres://a:1,b,[::1]:3/d", env);
    expect(hosts.map(({ host, port }) => [host, port])).toEqual([
      ["a", 1],
      ["b", 5432],
      ["::1", 3],
    ]);
  });

  test("one port for all", async () => {
    const { hosts } = await resolveSettings("host=a,b port=7", env);
    expect(hosts.map(({ port }) => port)).toEqual([7, 7]);
  });

  test("an address apart from the name", async () => {
    const { hosts } = await resolveSettings("host=h hostaddr=127.0.0.1", env);
    expect(hosts).toEqual([{ host: "h", address: "127.0.0.1", port: 5432 }]);
  });

  test.each([
    "host=a,b port=1,2,3",
    "host=a,b hostaddr=1.1.1.1",
    "postgres://h:0",
    "postgres://h:65536",
    "postgres://h:x",
  ])("refuses %s", async (dbUrl) => {
    expect((await refusal(dbUrl)).code).toBe("bad-usage");
  });
});

describe("env", () => {
  test("DATABASE_URL comes before PG*", async () => {
    const settings = await resolveSettings("env", {
      ...env,
      DATABASE_URL: "postgres://u@x/y",
      PGHOST: "z",
      PGPORT: "1",
    });
    expect(displayAddress(settings)).toBe("postgres://u@x:5432/y");
  });

  test("PG* alone", async () => {
    const settings = await resolveSettings("env", {
      ...env,
      PGHOST: "z",
      PGPORT: "1",
      PGUSER: "u",
      PGDATABASE: "d",
    });
    expect(displayAddress(settings)).toBe("postgres://u@z:1/d");
  });

  test("an explicit URL takes credentials and encryption from PG*, never a place", async () => {
    const settings = await resolveSettings("postgres://h/d", {
      ...env,
      PGHOST: "z",
      PGPORT: "1",
      PGUSER: "nobody",
      PGDATABASE: "x",
      PGSERVICE: "shop",
      PGPASSWORD: "pw",
      PGSSLMODE: "require",
    });
    expect(settings).toMatchObject({
      hosts: [{ host: "h", port: 5432 }],
      database: "d",
      password: "pw",
      sslmode: "require",
    });
    expect(settings.user).toBe(systemUserName());
  });

  test("what the URL says wins over PG*", async () => {
    const settings = await resolveSettings("postgres://u:mine@h/d?sslmode=disable", {
      ...env,
      PGPASSWORD: "pw",
      PGSSLMODE: "require",
    });
    expect(settings).toMatchObject({ password: "mine", sslmode: "disable" });
  });

  test("knows whether the environment names a database", () => {
    expect(environmentNamesDatabase({ HOME: "/x", PGPASSWORD: "p" })).toBe(false);
    expect(environmentNamesDatabase({ PGHOST: "h" })).toBe(true);
    expect(environmentNamesDatabase({ DATABASE_URL: "" })).toBe(false);
  });
});

describe("services", () => {
  test("the user's file, then the system's", async () => {
    expect((await resolveSettings("service=shop", env)).hosts[0]).toMatchObject({
      host: "svc.example",
      port: 5444,
    });
    expect(displayAddress(await resolveSettings("postgres://u@?service=far", env))).toBe(
      "postgres://u@system:5432/f",
    );
  });

  test("what the string says wins over the service", async () => {
    expect((await resolveSettings("service=shop host=mine", env)).hosts[0]).toEqual({
      host: "mine",
      port: 5444,
    });
  });

  test("PGSERVICE with env, PGSERVICEFILE for the file", async () => {
    const file = join(home, "third");
    await writeFile(file, "[shop]\nhost=third\n");
    const settings = await resolveSettings("env", { ...env, PGSERVICE: "shop", PGSERVICEFILE: file });
    expect(settings.hosts[0]?.host).toBe("third");
  });

  test("an unknown service, and a broken file, are errors", async () => {
    expect((await refusal("service=nope")).message).toContain('"nope"');
    const file = join(home, "broken");
    await writeFile(file, "[shop]\nhost=h\nnot a setting\n");
    expect((await refusal("service=shop", { ...env, PGSERVICEFILE: file })).message).toContain("line 3");
  });
});

describe("passwords", () => {
  test("from the password file, for each host its own", async () => {
    const settings = await resolveSettings("host=a,b,c", env);
    expect(settings.hosts.map((host) => passwordFor(settings, host))).toEqual(["pa", "pb", undefined]);
  });

  test("a password given otherwise is used for all", async () => {
    const settings = await resolveSettings("host=a,b password=x", env);
    expect(settings.hosts.map((host) => passwordFor(settings, host))).toEqual(["x", "x"]);
  });

  test("a password file that others may read is ignored, and that is noted", async () => {
    const file = join(home, "open");
    await writeFile(file, "*:*:*:*:p", { mode: 0o644 });
    const settings = await resolveSettings("host=a", { ...env, PGPASSFILE: file });
    expect(passwordFor(settings, { host: "a", port: 5432 })).toBeUndefined();
    expect(settings.notes?.[0]).toContain(file);
  });

  test("no address and no error repeats one", async () => {
    const password = fc.stringMatching(/^[A-Za-z0-9%@:/?&=,]{12,20}$/);
    await fc.assert(
      fc.asyncProperty(
        password,
        fc.constantFrom("", "?sslmode=nope", "?require_auth=none", ":x", ":0"),
        async (secret, tail) => {
          for (const dbUrl of [
            `postgres://u:${encodeURIComponent(secret)}@h${tail}`,
            `postgres://u:${secret}@h${tail}`,
          ]) {
            const text = await resolveSettings(dbUrl, env).then(displayAddress, (error: unknown) => {
              expect(error).toBeInstanceOf(OpsError);
              return `${(error as OpsError).message} ${(error as OpsError).hint}`;
            });
            expect(text).not.toContain(secret);
          }
        },
      ),
    );
  });
});

describe("encryption", () => {
  test("sslrootcert=system means verify-full, and no less", async () => {
    expect((await resolveSettings("postgres://h?sslrootcert=system", env)).sslmode).toBe("verify-full");
    expect((await refusal("postgres://h?sslrootcert=system&sslmode=require")).message).toContain("too weak");
  });

  test.each([
    "sslmode=on",
    "target_session_attrs=best",
    "connect_timeout=soon",
    "gssencmode=require",
    "require_auth=scram-sha-256",
    "requirepeer=postgres",
  ])("refuses %s and names it", async (pair) => {
    const error = await refusal(`postgres://h?${pair}`);
    expect(error.message).toContain(pair.split("=")[0] ?? "");
  });

  test("channel_binding=require needs the certificate to be checked instead", async () => {
    expect((await refusal("postgres://h?channel_binding=require&sslmode=require")).hint).toContain(
      "verify-full",
    );
    const settings = await resolveSettings("postgres://h?channel_binding=require&sslrootcert=system", env);
    expect(settings.channelBinding).toBe("require");
  });

  test("PGREQUIREAUTH is a promise that cannot be kept either", async () => {
    expect((await refusal("postgres://h", { ...env, PGREQUIREAUTH: "none" })).hint).toContain(
      "PGREQUIREAUTH",
    );
  });
});

test("displayAddress encodes what is strange", async () => {
  expect(displayAddress(await resolveSettings("postgres://a%40b:pw@%2Frun%2Fpg:5433/my%20db", env))).toBe(
    "postgres://a%40b@%2Frun%2Fpg:5433/my%20db",
  );
  expect(displayAddress(await resolveSettings("postgres://u@[::1],b:1/d", env))).toBe(
    "postgres://u@[::1]:5432,b:1/d",
  );
});
