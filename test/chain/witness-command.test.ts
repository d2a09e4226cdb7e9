import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testKey } from "../support/notes.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf } from "../support/run-custody.ts";
import { startWitness, writeWitnessKey } from "../support/witness.ts";

const log = testKey("example.com/audit", 1);

describe("what it cannot start with", () => {
  test.each([
    ["no flags", [], 2, "bad-usage"],
    ["an address that is none", ["--listen", "nowhere:port"], 2, "bad-usage"],
    ["a port that is none", ["--listen", "127.0.0.1:70000"], 2, "bad-usage"],
    ["a key that is not there", ["--key", "/nowhere/at/all"], 3, "file-unreadable"],
    ["a public key for a private one", ["--key", "PUBLIC"], 2, "bad-input"],
    ["no log", ["--log", "NONE"], 2, "bad-usage"],
    ["a log's key that is none", ["--log", "nonsense"], 2, "bad-input"],
    ["a policy that is not there", ["--policy", "/nowhere/at/all"], 3, "file-unreadable"],
    ["a policy that is none", ["--policy", "PUBLIC"], 2, "bad-config"],
    ["an address of another machine", ["--listen", "192.0.2.1:0"], 2, "bad-input"],
  ] as const)("%s", async (_what, given, code, error) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "public"), `${log.vkey}\n`);
    const flags: Record<string, string> =
      given.length === 0
        ? {}
        : {
            "--listen": "127.0.0.1:0",
            "--key": writeWitnessKey(folder.path),
            "--state": join(folder.path, "state"),
            "--log": log.vkey,
            [given[0]]: given[1].replace("PUBLIC", join(folder.path, "public")),
          };
    if (flags["--log"] === "NONE") delete flags["--log"];
    const told = await custody(["chain", "witness", "--output", "json", ...Object.entries(flags).flat()]);
    expect([told.code, told.stderr.split("\n").length]).toEqual([code, 3]);
    expect(documentOf(told)).toMatchObject({
      command: "chain witness",
      verdict: "not-run",
      error: { code: error },
    });
  });

  test("a port that is taken, and a state that another process holds", async () => {
    using folder = temporaryFolder();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const args = [
      "--key",
      writeWitnessKey(folder.path),
      "--state",
      join(folder.path, "state"),
      "--log",
      log.vkey,
    ];
    const told = await custody(["chain", "witness", "--begin", "--listen", String(port), ...args]);
    expect(told.code).toBe(2);
    expect(told.stderr).toStartWith(`custody: error: cannot listen on 127.0.0.1:${port}: `);
    taken.close();
    await using _witness = await startWitness(folder.path, [log.vkey]);
    const second = await custody(["chain", "witness", "--listen", "0", ...args]);
    expect(second.code).toBe(3);
    expect(second.stderr).toStartWith("custody: error: another process works with ");
  });
});
