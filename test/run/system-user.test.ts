import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { systemUserName } from "../../src/run/system-user.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const uid = userInfo().uid;

test("the user's name is the system's, whatever $USER says", async () => {
  const script = `console.log((await import(${JSON.stringify(join(import.meta.dirname, "../../src/run/system-user.ts"))})).systemUserName())`;
  const nameWith = (env: Record<string, string>): string =>
    Bun.spawnSync([process.execPath, "-e", script], { env: { PATH: process.env["PATH"] ?? "", ...env } })
      .stdout.toString()
      .trim();
  const own = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
  expect([nameWith({}), nameWith({ USER: "somebody-else" })]).toEqual([own, own]);
});

test("without an entry of the user, it is what the runtime says", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "passwd");
  writeFileSync(file, `# none\n\nother:x:${uid + 1}:1::/:/bin/sh\n`);
  expect(systemUserName(file)).toBe(userInfo().username);
  expect(systemUserName(join(folder.path, "none"))).toBe(userInfo().username);
  writeFileSync(file, `ann:x:${uid}:1::/:/bin/sh\n`);
  expect(systemUserName(file)).toBe("ann");
});
