import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/run-commands.ts";

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("the state folder that a run makes is passable where root made it; its runs are the owner's alone", () => {
  using base = temporaryFolder();
  const stateDir = join(base.path, "made", "state");
  const run = spawnSync(
    process.execPath,
    ["src/main.ts", "proxy", "--check", "--config", join(base.path, "none")],
    {
      env: { ...process.env, CUSTODY_STATE_DIR: stateDir },
    },
  );
  expect(run.status).toBe(3);
  const isRoot = statSync(stateDir).uid === 0;
  for (const path of [join(base.path, "made"), stateDir]) expect(modeOf(path)).toBe(isRoot ? 0o711 : 0o700);
  expect(modeOf(join(stateDir, "runs"))).toBe(0o700);
});
