import { afterAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { libpqEnvironment } from "../../src/postgres/libpq-environment.ts";
import { openOwnedFolder } from "../../src/postgres/owned-folder.ts";
import { ownPid } from "../../src/postgres/process-group.ts";
import { identifyProcess } from "../../src/postgres/process-identity.ts";

const base = await mkdtemp(join(tmpdir(), "owned-"));
const env = { TMPDIR: base };
afterAll(() => rm(base, { recursive: true }));

test("is closed to others, and gone when disposed", async () => {
  {
    await using folder = await openOwnedFolder(env);
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    await writeFile(join(folder.path, "file"), "x");
  }
  expect(await readdir(base)).toEqual([]);
});

test("what a killed process left is removed by the next, what lives is not", async () => {
  await using living = await openOwnedFolder(env);
  const dead = join(base, "custody-work-dead");
  await mkdir(join(dead, "deep"), { recursive: true });
  await writeFile(
    join(dead, "owner"),
    JSON.stringify({ ...(await identifyProcess(ownPid)), startTime: "1" }),
  );
  await using another = await openOwnedFolder(env);
  expect((await readdir(base)).map((name) => join(base, name)).toSorted()).toEqual(
    [living.path, another.path].toSorted(),
  );
});

test("a base that cannot be written is told", async () => {
  const failure: unknown = await openOwnedFolder({ TMPDIR: "/dev/null/nowhere" }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "file-unwritable" });
});

test("a password file stands in one, and a password with a line break in none", async () => {
  const settings = {
    hosts: [{ host: "/run/pg", port: 1 }],
    user: "ann",
    database: "d",
    sslmode: "prefer",
    password: "p:w",
  } as const;
  {
    await using made = await libpqEnvironment(settings, { env, applicationName: "test" });
    const file = made.variables["PGPASSFILE"] ?? "";
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await Bun.file(file).text()).toBe("*:1:*:ann:p\\:w\n");
  }
  expect(await readdir(base)).toEqual([]);
  const failure: unknown = await libpqEnvironment(
    { ...settings, password: "a\nb" },
    { env, applicationName: "test" },
  ).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "bad-usage" });
  expect(await readdir(base)).toEqual([]);
});
