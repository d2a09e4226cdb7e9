import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { preAuthenticationEncoding } from "../../src/audit/dsse.ts";
import { parseManifest } from "../../src/backup/manifest.ts";
import { prove } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const file = (name: string): string => join(folder.path, name);

const phase = (name: "pre" | "post") =>
  z.strictObject({
    phase: z.literal(name),
    row_count: z.literal(24),
    chain_head_hash: z.string().regex(/^[0-9a-f]{64}$/),
    first_break_id: z.literal(""),
    first_break_pos: z.literal(-1),
    verifier_walked: z.literal(24),
  });

/** The fields that other programs read (docs/output.md): each keeps its name. */
const document = z.looseObject({
  v: z.literal(1),
  command: z.literal("smoke"),
  verdict: z.literal("proved"),
  error: z.null(),
  pre: phase("pre"),
  post: phase("post"),
  assertions: z
    .array(
      z.strictObject({ name: z.string(), ok: z.literal(true), expected: z.string(), actual: z.string() }),
    )
    .min(30),
  differences: z.array(z.never()),
  sabotage: z.looseObject({ planted: z.literal(5), detected: z.literal(5) }),
  rto_seconds: z.number().positive(),
  rto_measured_on: z.string().startsWith("throwaway server, fsync off, "),
  rpo_seconds: z.number().nonnegative(),
  tools: z.looseObject({ pg_dump: z.string(), pg_restore: z.string(), postgres: z.string() }),
  timings: z.record(z.string(), z.number()),
  bytes: z.number().positive(),
});

test("one run: the document, the manifest, signed evidence and the metrics tell the same", () => {
  const pair = generateKeyPairSync("ed25519");
  writeFileSync(file("ops.pem"), pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  const args = [
    "--output=json",
    `--report=prometheus=${file("custody.prom")}`,
    `--report=junit=${file("custody.xml")}`,
    `--write-manifest=${file("manifest.json")}`,
    `--evidence=${file("evidence.json")}`,
    `--key=${file("ops.pem")}`,
  ];
  const env = { ...process.env, XDG_STATE_HOME: file("state") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "smoke", ...args], {
    encoding: "utf8",
    env,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const proof = document.parse(JSON.parse(stdout));
  expect(proof.post.chain_head_hash).toBe(proof.pre.chain_head_hash);

  const manifest = parseManifest(readFileSync(file("manifest.json"), "utf8"), "manifest.json");
  expect(manifest.chain).toMatchObject({
    profile: "custody",
    rowCount: 24,
    headHash: proof.pre.chain_head_hash,
  });

  const envelope = JSON.parse(readFileSync(file("evidence.json"), "utf8"));
  const payload = Buffer.from(envelope.payload, "base64");
  const statement = JSON.parse(payload.toString());
  expect(statement._type).toBe("https://in-toto.io/Statement/v1");
  expect(statement.subject[0].digest).toEqual({ sha256: manifest.archive.sha256 });
  expect(statement.predicate).toMatchObject({ verdict: "proved", source: { snapshot: manifest.snapshot } });
  expect(statement.predicate.controls.map((each: { control: string }) => each.control)).toEqual([
    "A.8.13",
    "A1.3",
  ]);
  const signature = Buffer.from(envelope.signatures[0].sig, "base64");
  expect(
    verify(null, preAuthenticationEncoding(envelope.payloadType, payload), pair.publicKey, signature),
  ).toBe(true);
  payload[payload.length - 3] = (payload[payload.length - 3] ?? 0) ^ 1;
  expect(
    verify(null, preAuthenticationEncoding(envelope.payloadType, payload), pair.publicKey, signature),
  ).toBe(false);

  const metrics = readFileSync(file("custody.prom"), "utf8");
  expect(metrics).toMatch(/^custody_smoke_last_success_timestamp_seconds \d{10}/m);
  expect(metrics).toContain('custody_smoke_total{outcome="proved"} 1\n');
  expect(metrics).toContain('custody_smoke_total{outcome="disproved"} 0\n');
  const junit = readFileSync(file("custody.xml"), "utf8");
  // One for each assertion, and one for the verdict.
  expect(junit).toContain(`tests="${proof.assertions.length + 1}"`);
  expect(junit).toContain('failures="0"');
});

test("a key that cannot sign is told before anything is started", () => {
  writeFileSync(file("no.key"), "nothing");
  const args = ["smoke", "--evidence", file("e.json"), "--key", file("no.key")];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.split("\n")).toEqual([
    expect.stringMatching(/^custody: error: .*no\.key is no key to sign with/),
    expect.stringMatching(/^custody: hint: make one with: custody chain keygen/),
    "",
  ]);
});

test("a manifest that lacks anything is none: what it does not hold would never be missed", () => {
  const whole = JSON.parse(readFileSync(file("manifest.json"), "utf8"));
  expect(() => parseManifest(JSON.stringify(whole), "m")).not.toThrow();
  for (const key of Object.keys(whole)) {
    const { [key]: _left, ...rest } = whole;
    expect(() => parseManifest(JSON.stringify(rest), "m")).toThrow(/^m is no manifest/);
  }
  for (const key of Object.keys(whole.fingerprint)) {
    const { [key]: _left, ...rest } = whole.fingerprint;
    expect(() => parseManifest(JSON.stringify({ ...whole, fingerprint: rest }), "m")).toThrow(
      /^m is no manifest/,
    );
  }
  expect(() => parseManifest("{", "m")).toThrow(/^m is no manifest/);
});

test("the archive and the manifest of one run prove one another later; a copy that is damaged is told from another dump", async () => {
  const [dump, manifest] = [file("kept.dump"), file("kept.manifest")];
  const made = await prove({ writeDump: dump, writeManifest: manifest });
  expect(made.verdict).toBe("proved");
  expect(statSync(dump).mode & 0o777).toBe(0o600);
  expect((await prove({ dump, expect: manifest })).verdict).toBe("proved");

  const bytes = readFileSync(dump);
  const other = file("other.dump");
  writeFileSync(other, withStamp(bytes));
  const another = await prove({ dump: other, expect: manifest });
  expect(another.verdict).toBe("proved");
  expect(another.state.notes.join()).toContain("this is not the archive that the manifest was written with");

  const damaged = file("damaged.dump");
  const packed = bytes.lastIndexOf(Buffer.from([0x78, 0x01])) + 4;
  bytes[packed] = (bytes[packed] ?? 0) ^ 1;
  writeFileSync(damaged, bytes);
  const found = await prove({ dump: damaged, expect: manifest });
  expect(found.verdict).toBe("disproved");
  expect(found.state.differences).toContainEqual(
    expect.objectContaining({ kind: "archive", stage: "storage" }),
  );
});

test("where nothing can be written is told before anything is started", async () => {
  writeFileSync(file("there.dump"), "");
  for (const [flags, why] of [
    [{ writeDump: file("there.dump") }, /there is something already/],
    [{ writeDump: file("no/folder.dump") }, /cannot write .*folder\.dump/],
    [{ writeManifest: file("no/folder.manifest") }, /cannot write .*folder\.manifest/],
    [{ evidence: file("no/evidence.json") }, /cannot write .*evidence\.json/],
  ] as const) {
    const refuse = (): never => {
      throw new Error("something was started");
    };
    const proving = prove(flags, (ports) => ({ ...ports, openScratch: refuse, openArchives: refuse }));
    expect(await proving.catch((error: unknown) => error)).toMatchObject({
      code: "file-unwritable",
      message: expect.stringMatching(why),
    });
  }
});

/** The head of a custom archive: magic, version, sizes, format, compression, then seven integers of five bytes: the first is seconds. */
function withStamp(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const seconds = 5 + 3 + 3 + 5 + 1;
  changed[seconds] = ((bytes[seconds] ?? 0) + 7) % 60;
  return changed;
}
