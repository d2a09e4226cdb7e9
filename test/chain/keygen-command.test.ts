import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cosignerVkey } from "../../src/audit/note/cosignature.ts";
import { readSigningKey, readWitnessKey } from "../../src/audit/note/read-signing-key.ts";
import { readPublicKeys } from "../../src/audit/note/public-keys.ts";
import { openReplacement } from "../../src/audit/note/replacement.ts";
import { openNote, signNote } from "../../src/audit/note/signed-note.ts";
import { parseSigningKey } from "../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../src/audit/note/vkey.ts";
import { custody, documentOf, lastLine } from "../support/run-custody.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const name = "example.com/audit";
const read = (path: string) => readFileSync(path, "utf8");

test("makes a key that only its owner can read, and its public half; what is signed with one verifies with the other", async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, "audit.key");
  const told = await custody(["chain", "keygen", "--name", name, "--out", out]);
  expect([told.code, told.stderr]).toEqual([0, ""]);
  expect(lastLine(told.stdout)).toMatch(/^MADE name=example\.com\/audit key_id=[0-9a-f]{8} type=log$/);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path).toSorted()).toEqual(["audit.key", "audit.key.pub"]);
  const key = parseSigningKey(read(out), out, "unused");
  expect(read(`${out}.pub`)).toBe(`${key.vkey}\n`);
  expect(key.name).toBe(name);
  const [verifier] = await readPublicKeys([`${out}.pub`], "/");
  expect(openNote(signNote("text\n", [key]), [verifier!]).text).toBe("text\n");
});

test("every key is another, and none is ever shown", async () => {
  using folder = temporaryFolder();
  const keys = await Promise.all(
    ["a", "b"].map(async (file) => {
      const out = join(folder.path, file);
      const json = await custody([
        "chain",
        "keygen",
        "--name",
        name,
        "--out",
        out,
        "--output",
        "jsonl",
        "--log-level",
        "debug",
      ]);
      const secret = read(out).trim().split("+").slice(4).join("+");
      expect(secret).toHaveLength(44);
      expect(json.stdout + json.stderr).not.toContain(secret);
      expect(read(`${out}.pub`)).not.toContain(secret);
      return secret;
    }),
  );
  expect(keys[0]).not.toBe(keys[1]);
});

test("the document names the key and its files", async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, "k");
  const document = documentOf(
    await custody(["chain", "keygen", "--name", name, "--out", out, "--output", "json"]),
  );
  const vkey = read(`${out}.pub`).trim();
  expect(document).toMatchObject({
    v: 1,
    command: "chain keygen",
    verdict: "made",
    error: null,
    name,
    type: "log",
    key_id: vkey.split("+")[1],
    vkey,
    replaces: null,
    files: { key: out, public_key: `${out}.pub`, replaces: null },
  });
});

test("a witness's key has the vkey of its cosignatures", async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, "w1.key");
  const told = await custody(["chain", "keygen", "--witness", "--name", "example.org/w1", "--out", out]);
  const vkey = read(`${out}.pub`).trim();
  expect(parseVerifierKey(vkey).type).toBe(0x04);
  expect(vkey).toBe(cosignerVkey(parseSigningKey(read(out), out, "unused")));
  expect(told.stdout).toContain(`${vkey}\n`);
  expect(told.stdout).toContain(`next: custody chain witness --begin --key ${out}; `);
  expect(lastLine(told.stdout)).toContain(`key_id=${vkey.split("+")[1]} type=witness`);
});

test("a witness's key signs nothing of its own: not a checkpoint, not a replacement", async () => {
  using folder = temporaryFolder();
  const [w1, log] = [join(folder.path, "w1.key"), join(folder.path, "audit.key")];
  await custody(["chain", "keygen", "--witness", "--name", "example.org/w1", "--out", w1]);
  await custody(["chain", "keygen", "--name", name, "--out", log]);
  for (const args of [
    ["checkpoint", "--key", w1, "--out", join(folder.path, "c")],
    ["rebaseline", "--key", w1, "--reason", "moved"],
    ["keygen", "--name", "example.org/w2", "--replaces", w1, "--out", join(folder.path, "w2.key")],
  ]) {
    const told = await custody(["chain", ...args]);
    expect([args[0], told.code]).toEqual([args[0], 2]);
    expect(told.stderr).toStartWith(`custody: error: ${w1} is the key of the witness example.org/w1`);
  }
  expect((await readSigningKey(log, "/")).purpose).toBe("log");
  expect((await readWitnessKey(w1, "/")).purpose).toBe("witness");
  // A file of a release that did not tell them apart.
  expect((await readWitnessKey(log, "/")).name).toBe(name);
});

test("a key that replaces another brings a note that both signed: who trusts the old one can trust the new", async () => {
  using folder = temporaryFolder();
  const [first, second, third] = ["1", "2", "3"].map((each) => join(folder.path, each)) as [
    string,
    string,
    string,
  ];
  await custody(["chain", "keygen", "--name", name, "--out", first]);
  const told = await custody([
    "chain",
    "keygen",
    "--name",
    name,
    "--out",
    second,
    "--replaces",
    first,
    "--output",
    "json",
  ]);
  const renamed = await custody([
    "chain",
    "keygen",
    "--name",
    "example.com/other",
    "--out",
    third,
    "--replaces",
    second,
  ]);
  const vkeys = [first, second, third].map((each) => read(`${each}.pub`).trim());
  expect(documentOf(told)).toMatchObject({ replaces: vkeys[0], files: { replaces: `${second}.replaces` } });
  expect(renamed.stdout).toContain("have another origin");
  expect(renamed.stdout).toContain(
    `next: custody chain checkpoint --key ${third} --public-key ${vkeys[1]}; give `,
  );
  const { old, replacement } = openReplacement(read(`${second}.replaces`));
  expect([old.vkey, replacement.vkey]).toEqual(vkeys.slice(0, 2));
  const trusted = await readPublicKeys([`${third}.replaces`, `${first}.pub`, `${second}.replaces`], "/");
  expect(trusted.map((key) => key.vkey)).toEqual(vkeys);
  expect(statSync(`${second}.replaces`).mode & 0o777).toBe(0o644);
});

test("nothing is ever written over, and nothing is left of what could not be finished", async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, "k");
  for (const there of ["k", "k.pub"]) {
    writeFileSync(join(folder.path, there), "mine");
    const told = await custody(["chain", "keygen", "--name", name, "--out", out]);
    expect(told.code).toBe(3);
    expect(told.stderr).toStartWith(
      `custody: error: cannot write ${join(folder.path, there)}: there is something already`,
    );
    expect(read(join(folder.path, there))).toBe("mine");
    expect(readdirSync(folder.path)).toEqual(there === "k" ? ["k"] : ["k.pub"]);
    rmSync(join(folder.path, there));
  }
  const told = await custody([
    "chain",
    "keygen",
    "--name",
    name,
    "--out",
    join(folder.path, "no/such/folder/k"),
  ]);
  expect(told.code).toBe(3);
});

test.each([
  [["--name", "a b"], 2],
  [["--name", "a+b"], 2],
  [["--name", ""], 2],
  [["--name", "a\u00a0b"], 2],
  [[], 2],
  [["--name", name, "--witness", "--replaces", "x"], 2],
  [["--name", name, "--replaces", "/nowhere/at/all"], 3],
])("%j is refused with %d, and nothing is written", async (flags, code) => {
  using folder = temporaryFolder();
  const told = await custody(["chain", "keygen", "--out", join(folder.path, "k"), ...flags]);
  expect([told.code, told.stderr.split("\n").length]).toEqual([code, 3]);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a key that is given in the place of its path is not shown", async () => {
  using folder = temporaryFolder();
  const log = join(folder.path, "audit.key");
  await custody(["chain", "keygen", "--name", name, "--out", log]);
  const secret = read(log).trim();
  for (const args of [
    ["checkpoint", "--out", join(folder.path, "c"), "--key", secret],
    ["rebaseline", "--reason", "moved", "--key", `./${secret}`],
    ["keygen", "--name", name, "--out", join(folder.path, "n"), "--replaces", secret],
  ]) {
    for (const output of ["human", "json"]) {
      const told = await custody(["chain", ...args, "--output", output]);
      expect([args[0], told.code]).toEqual([args[0], 2]);
      expect(told.stdout + told.stderr).not.toContain(secret.slice(-20));
    }
  }
});

test("a PEM key is replaced by its file's name; what is no key, or has no name that a note can hold, replaces nothing", async () => {
  using folder = temporaryFolder();
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const old = join(folder.path, "example.pem");
  writeFileSync(old, pem);
  writeFileSync(join(folder.path, "my key.pem"), pem);
  writeFileSync(join(folder.path, "none"), `PRIVATE+KEY+a+00000000+${"S".repeat(44)}`);
  const keygen = (out: string, replaced: string) =>
    custody([
      "chain",
      "keygen",
      "--name",
      name,
      "--out",
      join(folder.path, out),
      "--replaces",
      join(folder.path, replaced),
    ]);
  expect((await keygen("a", "example.pem")).code).toBe(0);
  expect(openReplacement(read(join(folder.path, "a.replaces"))).old.name).toBe("example");
  for (const wrong of ["my key.pem", "none"]) {
    const told = await keygen("b", wrong);
    expect(told.code).toBe(2);
    expect(told.stderr).not.toContain("SSSS");
    expect(readdirSync(folder.path)).not.toContain("b");
  }
});
