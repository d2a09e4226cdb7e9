import { afterAll, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const fileAt = (name: string): string => join(temporary.path, name);

test("a checkpoint or proof is never written over a key, nor over anything else that is not its like", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 3);
  const ann = await signerIn(temporary.path, "ann");
  const key = readFileSync(ann.key, "utf8");
  const refused = { code: 2, document: { verdict: "not-run", error: { code: "bad-input" } } };
  expect(await ann.checkpoint(chain.settings, "ann.key")).toMatchObject(refused);
  expect(readFileSync(ann.key, "utf8")).toBe(key);
  expect(existsSync(`${ann.key}.identity`)).toBe(false);
  writeFileSync(fileAt("one.identity"), "somebody's\n");
  expect(await ann.checkpoint(chain.settings, "one")).toMatchObject(refused);

  // Its own kind is replaced; so is a file that mktemp made.
  writeFileSync(fileAt("two"), "");
  for (const _time of [1, 2]) expect((await ann.checkpoint(chain.settings, "two")).code).toBe(0);
  const prove = (out: string) =>
    ran(
      "chain",
      "prove",
      "e1",
      "--db-url",
      dsnOf(chain.settings),
      "--checkpoint",
      fileAt("two"),
      "--public-key",
      `${ann.key}.pub`,
      "--out",
      out,
    );
  for (const path of [fileAt("two"), ann.key, `${ann.key}.pub`])
    expect([path, await prove(path)]).toMatchObject([path, refused]);
  // Before the chain is read, which may take an hour.
  for (const path of [fileAt("none/e1"), temporary.path])
    expect([path, await prove(path)]).toMatchObject([
      path,
      { code: 3, document: { error: { code: "file-unwritable" }, chain: null, findings_total: null } },
    ]);
  for (const _time of [1, 2]) expect((await prove(fileAt("e1.tlog-proof"))).code).toBe(0);
  expect(readFileSync(ann.key, "utf8")).toBe(key);
});

test("an identity note of an older checkpoint does not stay beside a newer one that has none", async () => {
  await using chain = await chainDatabase(cluster);
  const bob = await signerIn(temporary.path, "bob");
  await appendRows(chain.owner, 3);
  expect((await bob.checkpoint(chain.settings, "bob-1")).document["identity"]).toBe(true);
  await appendRows(chain.owner, 1, "later");
  await chain.admin.sql.unsafe("revoke execute on function pg_control_system() from public");
  const user = { ...chain.settings, user: chain.owner.settings.user };
  expect(await bob.checkpoint(user, "bob-1")).toMatchObject({ code: 0, document: { identity: false } });
  expect(await bob.verify(chain.settings, ["bob-1"])).toMatchObject({ code: 0, document: { findings: [] } });
  await chain.admin.sql.unsafe("revoke execute on function pg_last_wal_replay_lsn() from public");
  expect(await bob.verify(user, ["bob-1"])).toMatchObject({ code: 0, document: { findings: [] } });
});

test("what is no URL of a witness is told before anything is signed", async () => {
  await using chain = await chainDatabase(cluster);
  const cid = await signerIn(temporary.path, "cid");
  for (const url of ["ftp://user:secret@w.example", "w.example"])
    expect(await cid.checkpoint(chain.settings, "cid-1", "--witness", url)).toMatchObject({ code: 2 });
  expect([existsSync(fileAt("cid-1")), existsSync(cid.state)]).toEqual([false, false]);
});
