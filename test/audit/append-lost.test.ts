import { describe, expect, test } from "bun:test";
import { appendBatch } from "../../src/audit/append-batch.ts";
import { appendEvents } from "../../src/audit/append-events.ts";
import { startTestCluster } from "../support/cluster.ts";
import { chainDatabase, firstBreak, prepareChains } from "../support/chain-database.ts";
import { losing } from "../support/losing-session.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

const event = { actor: "ann", actorType: "User", action: "came", resourceType: "door", resourceId: "1" };
const json = `{"id": "mine", "actor": "ann", "actor_type": "User", "action": "came", "resource_type": "door", "resource_id": "1"}`;

describe("a connection that is lost at the commit of an append", () => {
  test.each([
    ["before it arrived", false],
    ["before its answer came", true],
  ])(
    "%s: nobody says that nothing was appended, and how to append it again is named",
    async (_, isCommitted) => {
      await using chain = await chainDatabase(cluster);
      const lost = async (): Promise<typeof chain.owner> =>
        losing(await chain.open(), chain.admin, isCommitted);
      const place = { schema: "public" };
      await expect(appendEvents(await lost(), place, [event], () => undefined)).rejects.toMatchObject({
        code: "connection-lost",
        message: expect.stringContaining("is not known"),
        hint: expect.stringMatching(/--id=[0-9a-f-]{36}: it is refused if it is there/),
      });
      const batch = (async function* () {
        yield { line: 1, json };
      })();
      const options = {
        onConflict: "refuse",
        signal: new AbortController().signal,
        onCommit: () => undefined,
        onProgress: () => undefined,
      } as const;
      await expect(appendBatch(await lost(), place, batch, options)).rejects.toMatchObject({
        code: "connection-lost",
        hint: expect.stringContaining("--on-conflict skip"),
      });
      expect(await firstBreak(chain.owner)).toMatchObject({ pos: -1, rows: isCommitted ? 2 : 0 });
    },
  );
});
