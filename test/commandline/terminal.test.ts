import { expect, test } from "bun:test";
import { runCommands } from "../support/run-commands.ts";

test("colours on a terminal, and never with --no-color or NO_COLOR", async () => {
  const color = "\u001b[32m";
  expect((await runCommands(["example"], { isTTY: true })).stdout).toContain(color);
  expect((await runCommands(["example"])).stdout).not.toContain(color);
  expect((await runCommands(["example", "--no-color"], { isTTY: true })).stdout).not.toContain(color);
  expect((await runCommands(["example"], { isTTY: true, env: { NO_COLOR: "1" } })).stdout).not.toContain(
    color,
  );
  expect((await runCommands(["example"], { isTTY: true, env: { TERM: "dumb" } })).stdout).not.toContain(
    color,
  );
});

test("characters beyond ASCII only where the locale has them", async () => {
  expect((await runCommands(["example"], { env: { LC_ALL: "de_DE.utf8" } })).stdout).toContain("✓");
  expect((await runCommands(["example"], { env: { LC_ALL: "C", LANG: "C.UTF-8" } })).stdout).toStartWith(
    "ok ",
  );
});

test("log lines go to stderr and are asked for", async () => {
  const silent = await runCommands(["example", "--output", "json"]);
  const info = await runCommands(["example", "--output", "json", "--log-level", "info"]);
  expect(silent.stderr).toBe("");
  const lines = info.stderr
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(lines).toEqual(["step-finished", "noted", "run-ended"]);
});

test("the result alone when asked to be quiet", async () => {
  expect((await runCommands(["example", "--quiet"], { isTTY: true, env: { NO_COLOR: "1" } })).stdout).toBe(
    "fine: 3 things\nnext: custody example --again\n",
  );
});

test("on a terminal what is under way is drawn, and taken down when it ends", async () => {
  const { stdout } = await runCommands(["example", "--ending", "waits"], {
    isTTY: true,
    env: { NO_COLOR: "1" },
    interruptAt: "• Wait for the signal",
  });
  const drawn = stdout.slice(stdout.indexOf("• Wait for the signal"));
  expect(drawn).toMatch(
    /^• Wait for the signal {2}\d\.\d\d s\n\u001b\[1A\r\u001b\[J✗ Wait for the signal .*\n$/,
  );
});

test("nothing is drawn where there is no terminal", async () => {
  expect((await runCommands(["example", "--ending", "waits"])).stdout).not.toContain("\u001b[");
});
