import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { ran, signerIn, truncate } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";
import { dsnOf } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const fileAt = (name: string): string => join(temporary.path, name);

test("a checkpoint takes the place of none that the chain does not extend, though the state is lost", async () => {
  await using chain = await chainDatabase(cluster);
  const ann = await signerIn(temporary.path, "ann");
  await appendRows(chain.owner, 5);
  expect((await ann.checkpoint(chain.settings, "one")).code).toBe(0);
  const kept = readFileSync(fileAt("one"), "utf8");
  rmSync(ann.state, { recursive: true });
  await tamper(chain.admin, truncate(3));
  expect(await ann.checkpoint(chain.settings, "one")).toMatchObject({
    code: 1,
    document: { verdict: "refused", findings: [{ class: "truncated" }], findings_total: 1 },
  });
  expect(readFileSync(fileAt("one"), "utf8")).toBe(kept);

  // A run that was killed between its two files is no obstacle; nor is the same checkpoint, told twice.
  await appendRows(chain.owner, 1, "later");
  rmSync(fileAt("one"));
  for (const size of [4, 4]) {
    expect(await ann.checkpoint(chain.settings, "one")).toMatchObject({ code: 0, document: { size } });
    writeFileSync(
      fileAt("one.identity"),
      readFileSync(fileAt("one.identity"), "utf8").replace("\n1\n", "\n2\n"),
    );
  }
  await tamper(chain.admin, truncate(3));
  expect(await ann.checkpoint(chain.settings, "one")).toMatchObject({ document: { findings_total: 1 } });
});

test("nor the place of another chain's, nor of one of an unknown key", async () => {
  await using chain = await chainDatabase(cluster);
  await using other = await chainDatabase(cluster);
  const [bob, eve] = [await signerIn(temporary.path, "bob"), await signerIn(temporary.path, "eve")];
  for (const each of [chain, other]) await appendRows(each.owner, 3);
  expect((await bob.checkpoint(chain.settings, "bob-1")).code).toBe(0);
  const kept = readFileSync(fileAt("bob-1"), "utf8");
  expect(await bob.checkpoint(other.settings, "bob-1")).toMatchObject({
    code: 2,
    document: { verdict: "not-run", error: { code: "bad-input" } },
  });
  expect(await eve.checkpoint(chain.settings, "bob-1")).toMatchObject({
    code: 3,
    document: { error: { code: "untrusted-checkpoint" } },
  });
  expect(readFileSync(fileAt("bob-1"), "utf8")).toBe(kept);
});

test("links to files elsewhere are followed, in a folder where nothing can be made", async () => {
  await using chain = await chainDatabase(cluster);
  const dee = await signerIn(temporary.path, "dee");
  mkdirSync(fileAt("elsewhere"));
  mkdirSync(fileAt("links"));
  for (const name of ["c", "c.identity"]) {
    writeFileSync(fileAt(`elsewhere/${name}`), "");
    symlinkSync(fileAt(`elsewhere/${name}`), fileAt(`links/${name}`));
  }
  chmodSync(fileAt("links"), 0o555);
  expect((await dee.checkpoint(chain.settings, "links/c")).code).toBe(0);
  expect((await dee.verify(chain.settings, ["elsewhere/c"])).code).toBe(0);
  expect(readFileSync(fileAt("links/c.identity"))).toEqual(readFileSync(fileAt("elsewhere/c.identity")));
  expect(lstatSync(fileAt("links/c")).isSymbolicLink()).toBe(true);
  chmodSync(fileAt("links"), 0o755);
});

test("where none can be written, nothing is signed", async () => {
  await using chain = await chainDatabase(cluster);
  const cid = await signerIn(temporary.path, "cid");
  mkdirSync(fileAt("folder"));
  mkdirSync(fileAt("beside.identity"));
  for (const [out, code] of [
    ["folder", 2],
    ["beside", 2],
    ["no/such/folder", 3],
  ] as const) {
    expect([out, await cid.checkpoint(chain.settings, out)]).toMatchObject([out, { code }]);
  }
  const args = ["--db-url", dsnOf(chain.settings), "--state", cid.state, "--key", cid.key];
  for (const out of ["/dev/stdout", "/dev/null"]) {
    expect((await ran("chain", "checkpoint", ...args, "--out", out)).code).toBe(2);
    expect(existsSync(`${out}.identity`)).toBe(false);
  }
  expect(existsSync(cid.state)).toBe(false);
});
