import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { createEnvelope, inTotoPayloadType } from "../../src/audit/dsse.ts";
import { connect } from "../../src/postgres/connect.ts";
import { checkBundle } from "../support/bundles.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, dsnOf } from "../support/run-custody.ts";
import type { Told } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";
import type { Signer } from "../support/signer.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

interface Scene {
  readonly signer: Signer;
  readonly parent: string;
  readonly settings: ConnectionSettings;
}

/** A bundle whose report nobody signs, under one checkpoint. */
async function bundle({ signer, parent, settings }: Scene, checkpoint: string): Promise<string> {
  const folder = join(parent, `bundle-${checkpoint}`);
  const flags = ["--db-url", dsnOf(settings), "--public-key", `${signer.key}.pub`, "--out", folder];
  const told = await ran("chain", "bundle", ...flags, "--checkpoint", join(parent, checkpoint));
  expect(told).toMatchObject({ code: 0, document: { signed_by: null } });
  return folder;
}

const check = ({ signer }: Scene, folder: string): Promise<Told> =>
  checkBundle({ folder, publicKey: `${signer.key}.pub` }, ["--allow-unsigned"]);

describe("a bundle whose report nobody has signed", () => {
  test("is verified by the command that its maker names next", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    const signer = await signerIn(parent.path, "ann");
    await appendRows(chain.owner, 3);
    await signer.checkpoint(chain.settings, "three");
    const key = `${signer.key}.pub`;
    const checkpoint = ["--checkpoint", join(parent.path, "three"), "--public-key", key];
    const out = ["--out", join(parent.path, "bundle")];
    const made = await custody(["chain", "bundle", "--db-url", dsnOf(chain.settings), ...checkpoint, ...out]);
    const [, next] = made.stdout.match(/^next: custody (.*), anywhere and offline$/m) ?? [];
    const words = (next ?? "").split(" ").map((word) => (word === "FILE" ? key : word));
    expect(await custody(words)).toMatchObject({ code: 0, stderr: "" });
  });

  test("is not verified when no checkpoint vouches for any of its rows either", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    const it = { signer: await signerIn(parent.path, "ann"), parent: parent.path, settings: chain.settings };
    await it.signer.checkpoint(chain.settings, "empty");
    const empty = await bundle(it, "empty");
    expect((await check(it, empty)).code).toBe(0);
    fs.rmSync(empty, { recursive: true });
    await appendRows(chain.owner, 5);
    const untold = { verdict: "not-verified", error: { code: "no-checkpoint" } };
    expect(documentOf(await check(it, await bundle(it, "empty")))).toMatchObject(untold);

    await it.signer.checkpoint(chain.settings, "five");
    await pruneChain(chain.owner, 5);
    const pruned = documentOf(await check(it, await bundle(it, "five")));
    expect(pruned).toMatchObject({ ...untold, unanchored_rows: 1 });
    expect(pruned["notes"]).toContainEqual(expect.stringContaining("that the first 5 rows were pruned, too"));

    await appendRows(chain.owner, 1, "later");
    await it.signer.checkpoint(chain.settings, "seven");
    await appendRows(chain.owner, 2, "newest");
    const folder = await bundle(it, "seven");
    expect((await check(it, folder)).code).toBe(0);
    const flags = ["--public-key", `${it.signer.key}.pub`, "--allow-unsigned"];
    const { stdout } = await custody(["chain", "check-bundle", folder, ...flags]);
    expect(stdout).toContain("the newest 2 of them: nobody vouches for these");
  });

  test("is no archive of a beginning when rows stand behind its last checkpoint", async () => {
    using parent = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    const it = { signer: await signerIn(parent.path, "ann"), parent: parent.path, settings: chain.settings };
    await appendRows(chain.owner, 3);
    await it.signer.checkpoint(chain.settings, "three");
    await appendRows(chain.owner, 2, "later");
    const folder = await bundle(it, "three");
    const report = join(folder, "report.json");
    const { payload } = JSON.parse(fs.readFileSync(report, "utf8")) as { payload: string };
    const statement = Buffer.from(payload, "base64")
      .toString()
      .replace('"part":"whole"', '"part":"beginning"');
    const envelope = createEnvelope(Buffer.from(statement), inTotoPayloadType, []);
    fs.writeFileSync(report, `${JSON.stringify(envelope)}\n`);
    const told = await check(it, folder);
    expect([told.code, documentOf(told)]).toMatchObject([
      1,
      { findings: [{ class: "report-wrong", detail: expect.stringContaining("2 rows stand behind") }] },
    ]);
  });

  test("of a chain that joins fields by a separator: what that leaves open is said", async () => {
    using parent = temporaryFolder();
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 3);
    const { settings } = database;
    const it = { signer: await signerIn(parent.path, "ann"), parent: parent.path, settings };
    await it.signer.checkpoint(settings, "all", "--origin", "example.com/certctl");
    const told = await check(it, await bundle(it, "all"));
    expect(documentOf(told)).toMatchObject({
      verdict: "clean",
      notes: [expect.anything(), expect.stringContaining('joins fields by "|"')],
    });
  });
});

test("a policy that can be read only once is in the bundle, word for word", async () => {
  using parent = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 2);
  const signer = await signerIn(parent.path, "ann");
  await signer.checkpoint(chain.settings, "two");
  const text = `log ${fs.readFileSync(`${signer.key}.pub`, "utf8").trim()}\nquorum none\n`;
  const [policy, pipe] = [join(parent.path, "policy"), join(parent.path, "pipe")];
  fs.writeFileSync(policy, text);
  Bun.spawnSync(["mkfifo", pipe]);
  // Whoever opens it a second time finds nothing in it.
  const writer = spawn("sh", ["-c", 'cat "$1" > "$2"; : > "$2"', "sh", policy, pipe]);
  try {
    const out = join(parent.path, "bundle");
    const flags = ["--db-url", dsnOf(chain.settings), "--checkpoint", join(parent.path, "two"), "--out", out];
    expect(await ran("chain", "bundle", ...flags, "--policy", pipe)).toMatchObject({ code: 0 });
    expect(fs.readFileSync(join(out, "policy"), "utf8")).toBe(text);
  } finally {
    writer.kill();
  }
});
