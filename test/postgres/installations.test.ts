import { afterAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { OpsError } from "../../src/errors.ts";
import { installCommand } from "../../src/postgres/choose-installation.ts";
import { chooseInstallation, findInstallations, tools } from "../../src/postgres/installations.ts";
import type { Installation, Tool } from "../../src/postgres/installations.ts";
import { majors } from "../support/cluster.ts";

const folder = await mkdtemp(join(tmpdir(), "installations-"));
afterAll(() => rm(folder, { recursive: true }));

/** A folder of programs that answer `--version` as PostgreSQL's do. */
async function plant(name: string, version: string, programs: readonly Tool[]): Promise<string> {
  const binDir = join(folder, name);
  await mkdir(binDir, { recursive: true });
  for (const program of programs) {
    await writeFile(join(binDir, program), `#!/bin/sh\necho '${program} (PostgreSQL) ${version} (Mine 1)'\n`);
    await chmod(join(binDir, program), 0o755);
  }
  return binDir;
}

describe("findInstallations", () => {
  test("finds this machine's, newest first, with what each has", async () => {
    const all = await findInstallations({ env: process.env });
    for (const major of majors) expect(all.map((each) => each.major)).toContain(major);
    expect(all.map(({ version }) => Number(version))).toEqual(
      all.map(({ version }) => Number(version)).toSorted((a, b) => b - a),
    );
    const debian = all.find(({ origin }) => origin === "debian");
    expect(debian?.tools.size).toBe(tools.length);
    const npm = all.filter(({ origin }) => origin === "npm");
    expect(npm.length).toBe(majors.length);
    for (const { tools: has } of npm) expect([...has].toSorted()).toEqual(["initdb", "pg_ctl", "postgres"]);
  });

  test("--pg-bin comes first, whatever its version", async () => {
    const binDir = await plant("flagged", "9.6", ["pg_dump"]);
    const [first] = await findInstallations({ env: {}, pgBin: binDir });
    expect(first).toMatchObject({ binDir, version: "9.6", major: 9, origin: "flag" });
  });

  test("--pg-bin without programs is an error that says what it takes", async () => {
    const failure: unknown = await findInstallations({ env: {}, pgBin: folder }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "tool-missing" });
  });

  test("looks through links in PATH, once for each folder, and past scripts that choose by themselves", async () => {
    const binDir = await plant("cellar", "17.1", ["psql", "pg_dump"]);
    const links = join(folder, "links");
    await mkdir(links);
    for (const program of ["psql", "pg_dump"]) await symlink(join(binDir, program), join(links, program));
    const wrappers = join(folder, "wrappers");
    await mkdir(wrappers);
    await writeFile(join(wrappers, "pg_wrapper"), "#!/bin/sh\necho '(PostgreSQL) 99.9'\n", { mode: 0o755 });
    await symlink(join(wrappers, "pg_wrapper"), join(wrappers, "psql"));
    const all = await findInstallations({ env: { PATH: `${links}:${binDir}:${wrappers}:relative` } });
    const found = all.filter((each) => each.origin === "path");
    expect(found.map((each) => each.binDir)).toEqual([binDir]);
    expect(found[0]?.tools).toEqual(new Set<Tool>(["pg_dump", "psql"]));
  });

  test("programs that do not run are not there", async () => {
    const binDir = await plant("broken", "16.1", ["psql"]);
    await writeFile(join(binDir, "psql"), "#!/bin/sh\nexit 127\n");
    const all = await findInstallations({ env: { PATH: binDir } });
    expect(all.map((each) => each.binDir)).not.toContain(binDir);
  });
});

describe("chooseInstallation", () => {
  const all = tools;
  const make = (
    major: number,
    has: readonly Tool[] = all,
    origin: Installation["origin"] = "debian",
  ): Installation => ({
    binDir: `/${origin}/${major}`,
    version: `${major}.1`,
    major,
    tools: new Set(has),
    origin,
  });
  const machine = [make(18), make(16), make(15), make(13)];

  test.each([
    [{}, 18],
    [{ atLeast: 15 }, 15],
    [{ atLeast: 14 }, 15],
    [{ prefer: 16 }, 16],
    [{ prefer: 17 }, 18],
    [{ prefer: 14 }, 15],
    [{ prefer: 20 }, 18],
    [{ prefer: 14, atLeast: 16 }, 16],
    [{ atMost: 17 }, 16],
    [{ prefer: 18, atMost: 15 }, 15],
  ])("%j takes %d", (need, major) => {
    expect(chooseInstallation(machine, { tools: ["pg_dump"], ...need }).major).toBe(major);
  });

  test("only one that has every program", () => {
    const mixed = [make(18, ["initdb", "postgres"]), make(15)];
    expect(chooseInstallation(mixed, { tools: ["initdb", "postgres"] }).major).toBe(18);
    expect(chooseInstallation(mixed, { tools: ["postgres", "psql"], prefer: 18 }).major).toBe(15);
  });

  test("what --pg-bin names wins if it fits", () => {
    const flagged = [make(14, all, "flag"), ...machine];
    expect(chooseInstallation(flagged, { tools: ["psql"], prefer: 16 }).major).toBe(14);
    expect(chooseInstallation(flagged, { tools: ["psql"], atLeast: 16 }).major).toBe(16);
  });

  test("nothing at all, and nothing new enough, are different errors; both say the command", () => {
    const failure = (installations: readonly Installation[], atLeast?: number): OpsError => {
      try {
        chooseInstallation(installations, {
          tools: ["pg_dump"],
          ...(atLeast === undefined ? {} : { atLeast }),
        });
      } catch (error) {
        if (error instanceof OpsError) return error;
      }
      throw new Error("nothing was refused");
    };
    expect(failure([])).toMatchObject({ code: "tool-missing" });
    expect(failure(machine, 19)).toMatchObject({ code: "server-too-new" });
    expect(failure(machine, 19).message).toContain("18.1");
    expect(failure(machine, 19).hint).toContain(installCommand(["pg_dump"], 19));
  });

  test("never one that was not allowed", () => {
    const installations = fc
      .array(fc.record({ major: fc.integer({ min: 10, max: 20 }), has: fc.subarray([...tools]) }))
      .map((list) => list.map(({ major, has }) => make(major, has)));
    const bound = fc.option(fc.integer({ min: 9, max: 21 }), { nil: undefined });
    fc.assert(
      fc.property(
        installations,
        fc.subarray([...tools], { minLength: 1 }),
        bound,
        bound,
        (found, needed, atLeast, prefer) => {
          const fits = (each: Installation): boolean =>
            needed.every((tool) => each.tools.has(tool)) && each.major >= (atLeast ?? 0);
          const need = {
            tools: needed,
            ...(atLeast === undefined ? {} : { atLeast }),
            ...(prefer === undefined ? {} : { prefer }),
          };
          if (found.some(fits)) expect(fits(chooseInstallation(found, need))).toBe(true);
          else expect(() => chooseInstallation(found, need)).toThrow(OpsError);
        },
      ),
    );
  });
});

test("the install command is the system's own", () => {
  expect(installCommand(["pg_dump"], 17, "debian")).toBe("apt-get install postgresql-client-17");
  expect(installCommand(["initdb", "pg_dump"], undefined, "debian")).toBe("apt-get install postgresql");
  expect(installCommand(["postgres"], 16, "rpm")).toBe("dnf install postgresql16-server");
  expect(installCommand(["psql"], 16, "alpine")).toBe("apk add postgresql16-client");
  expect(installCommand(["psql"], 16, "macos")).toBe("brew install postgresql@16");
});
