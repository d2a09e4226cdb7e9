import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/run-commands.ts";

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("the state folder that a run makes is passable where root made it; its runs are the owner's alone", () => {
  using base = temporaryFolder();
  // Else the private ledger's user could not come as far as the state folder.
  chmodSync(base.path, 0o755);
  const stateDir = join(base.path, "made", "state");
  const config = join(base.path, "custody.yaml");
  const target = "{ name: customers, kind: postgres, url: postgres://127.0.0.1/postgres }";
  writeFileSync(config, `state_dir: ${stateDir}\ntargets: [${target}]\n`);
  const run = spawnSync(process.execPath, ["src/main.ts", "proxy", "--check", "--config", config]);
  expect(run.status).toBe(0);
  const isRoot = statSync(stateDir).uid === 0;
  for (const path of [join(base.path, "made"), stateDir]) expect(modeOf(path)).toBe(isRoot ? 0o711 : 0o700);
  expect(modeOf(join(stateDir, "runs"))).toBe(0o700);
});
