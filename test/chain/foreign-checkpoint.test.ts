import { afterAll, expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { signerIn } from "../support/signer.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

test.each([
  ["empty", 0, "rewritten"],
  ["as long", 4, "rewritten"],
  ["longer", 6, "truncated"],
])(
  "a checkpoint of another chain of the same key, which is %s, is never a pass",
  async (name, rows, found) => {
    await using chain = await chainDatabase(cluster);
    await using other = await chainDatabase(cluster);
    await appendRows(chain.owner, 4);
    await appendRows(other.owner, rows);
    const file = `foreign-${rows}`;
    const ann = await signerIn(temporary.path, file);
    expect(await ann.checkpoint(other.settings, file)).toMatchObject({ code: 0, document: { size: rows } });
    const told = await ann.verify(chain.settings, [file], "--require-checkpoint");
    expect([name, told]).toMatchObject([
      name,
      { code: 1, document: { verdict: "broken", findings: [{ class: found }], unanchored_rows: 4 } },
    ]);
    expect(JSON.stringify(told.document["findings"])).toContain("it is of another chain");
  },
);
