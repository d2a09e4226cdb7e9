import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultStateDir } from "../../src/config/folders.ts";
import { loadConfig } from "../../src/config/load.ts";
import { runCommands, temporaryFolder } from "../support/run-commands.ts";

test("environment before file before default", async () => {
  using folder = temporaryFolder();
  const place = { path: null, cwd: folder.path, env: { HOME: folder.path } };
  expect(await loadConfig(place)).toEqual({
    stateDir: join(folder.path, ".local/state/custody"),
    metrics: { prefix: "custody" },
  });
  writeFileSync(join(folder.path, "custody.yaml"), "state_dir: here\nmetrics: { prefix: acme }\n");
  expect(await loadConfig(place)).toEqual({
    stateDir: join(folder.path, "here"),
    metrics: { prefix: "acme" },
  });
  const env = { ...place.env, CUSTODY_STATE_DIR: "/there", CUSTODY_METRICS_PREFIX: "other" };
  expect(await loadConfig({ ...place, env })).toEqual({ stateDir: "/there", metrics: { prefix: "other" } });
  // As in the file: a prefix that starts no name would end what serves metrics.
  const wrong = { ...place.env, CUSTODY_METRICS_PREFIX: "1 x" };
  const refused = await loadConfig({ ...place, env: wrong }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "bad-config", message: expect.stringContaining('"1 x"') as string });
});

test("the named file, else ./custody.yaml, else the XDG folder's", async () => {
  using folder = temporaryFolder();
  const write = (path: string, prefix: string): void =>
    writeFileSync(join(folder.path, path), `metrics: { prefix: ${prefix} }\n`);
  const prefix = async (path: string | null): Promise<string> =>
    (
      await loadConfig({
        path,
        cwd: join(folder.path, "work"),
        env: { HOME: "/nowhere", XDG_CONFIG_HOME: folder.path },
      })
    ).metrics.prefix;
  mkdirSync(join(folder.path, "work"));
  mkdirSync(join(folder.path, "custody"));
  write("custody/custody.yaml", "xdg");
  expect(await prefix(null)).toBe("xdg");
  write("work/custody.yaml", "here");
  expect(await prefix(null)).toBe("here");
  write("work/named.yaml", "named");
  expect(await prefix("named.yaml")).toBe("named");
});

test("a relative XDG folder is ignored, as its specification says", () => {
  expect(defaultStateDir({ HOME: "/h", XDG_STATE_HOME: "relative" })).toBe("/h/.local/state/custody");
  expect(defaultStateDir({ HOME: "/h", XDG_STATE_HOME: "/s" })).toBe("/s/custody");
});

test("a wrong configuration ends the command before it does anything: exit code 2, every problem named", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "custody.yaml"), "metric: {}\nstate_dir: 7\n");
  expect(await runCommands(["example"], { cwd: folder.path })).toMatchObject({
    code: 2,
    stdout: "",
    released: 0,
    stderr:
      `custody: error: ${folder.path}/custody.yaml: 2 problems: line 1, column 1: metric: unknown key; ` +
      "line 2, column 12: state_dir: Invalid input: expected string, received number\n" +
      "custody: hint: correct the file, or name another with --config\n",
  });
});

test("a configuration that was named and is not there", async () => {
  const told = await runCommands(["example", "--config", "no.yaml"]);
  expect(told.code).toBe(3);
  expect(told.stderr).toContain("no.yaml");
});
