import { expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/run-commands.ts";

const root = join(import.meta.dirname, "../..");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly trace: string;
}

/** Runs the process edge with the commands of test/fixtures/edge; `drive` is called once the command has begun. */
async function run(
  args: readonly string[],
  drive: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  using folder = temporaryFolder();
  const trace = join(folder.path, "trace");
  const child = spawn(
    process.execPath,
    ["--preload", join(root, "test/fixtures/edge/preload.ts"), join(root, "src/main.ts"), ...args],
    { env: { ...process.env, TRACE: trace }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const printed = { stdout: "", stderr: "" };
  let hasBegun = false;
  child.stdout.on("data", (chunk: Buffer) => {
    printed.stdout += chunk.toString();
    if (hasBegun || !printed.stdout.includes("begun\n")) return;
    hasBegun = true;
    drive(child);
  });
  child.stderr.on("data", (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, ...printed, trace: existsSync(trace) ? readFileSync(trace, "utf8") : "" };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s lets the command clean up, and ends in 130",
  async (signal) => {
    const ended = await run(["clean-up"], (child) => child.kill(signal));
    expect(ended).toMatchObject({ code: 130, stderr: "", trace: "aborted quiet=false\n" });
  },
);

test.each([
  ["is the command's, which takes it", "taking", 0, "taken\nbegun, aborted false\n"],
  ["ends a command that does not take it", "", 130, "begun, aborted true\n"],
] as const)("SIGHUP while the command is still loading waits, and %s", async (_, word, code, trace) => {
  const ended = await run(["load", word], (child) => child.kill("SIGHUP"));
  expect(ended).toMatchObject({ code, stderr: "", trace: `loading, aborted false\n${trace}` });
});

test("a second Ctrl-C leaves at once, after the last-resort clean-ups", async () => {
  const ended = await run(["hang"], (child) => {
    child.kill("SIGINT");
    child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("hanging")) child.kill("SIGINT");
    });
  });
  expect(ended).toMatchObject({ code: 130, trace: "aborted\nforced\n" });
});

test.each([
  ["throw", "a bug in a timer"],
  ["reject", "a bug in a promise"],
])(
  "what nobody caught (%s) ends in 70, with its stack and where to report it",
  async (behaviour, message) => {
    const ended = await run([behaviour]);
    expect(ended).toMatchObject({ code: 70, trace: "forced\n" });
    expect(ended.stderr).toContain("commands.ts:");
    expect(ended.stderr).toEndWith(
      `custody: error: ${message}\ncustody: hint: this is a bug in custody: report it with the lines above (README, Reporting a bug)\n`,
    );
  },
);

test("all that was printed arrives, however large and however slow its reader is", async () => {
  const ended = await run(["print", "5000000"], (child) => {
    child.stdout?.pause();
    setTimeout(() => child.stdout?.resume(), 200);
  });
  expect(ended).toMatchObject({ code: 1, stderr: "" });
  expect(ended.stdout.length).toBe("begun\n".length + 5_000_000);
});

test("a reader that takes nothing keeps nobody who wants to leave", async () => {
  const ended = await run(["print", "5000000"], (child) => {
    child.stdout?.pause();
    child.kill("SIGTERM");
    child.once("exit", () => child.stdout?.resume());
  });
  expect(ended.stdout.length).toBeLessThan(5_000_000);
});

test.each([
  ["good", 3],
  ["bad", 1],
])("a disk that is full is told, and never ends in 0: a run that is %s", (ending, code) => {
  const out = openSync("/dev/full", "w");
  try {
    const main = [
      "--preload",
      join(root, "test/fixtures/edge/preload.ts"),
      join(root, "src/main.ts"),
      ending,
    ];
    const ended = spawnSync(process.execPath, main, { stdio: ["ignore", out, "pipe"], encoding: "utf8" });
    expect([ended.status, ended.stderr.split("\n")]).toEqual([
      code,
      [
        expect.stringContaining("error: standard output cannot be written"),
        expect.stringContaining("hint"),
        "",
      ],
    ]);
  } finally {
    closeSync(out);
  }
});

test("a reader that went away interrupts the run, and nothing is said of it", async () => {
  const ended = await run(["chatter"], (child) => child.stdout?.destroy());
  expect(ended).toMatchObject({ code: 130, stderr: "", trace: "aborted quiet=true\n" });
});
