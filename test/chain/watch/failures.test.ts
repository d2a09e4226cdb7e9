import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError, OpsError } from "../../../src/errors.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains, strangerRole } from "../../support/chain-database.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { watching } from "../../support/watching.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("a watch that cannot verify", () => {
  test("says why once, is not healthy, and goes on when it can", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 10);
    await chain.sql.unsafe(
      `grant select on audit_events, audit_chain_head, audit_chain_pruned to ${strangerRole}`,
    );
    await using watch = watching({ dbUrl: dsnOf(chain.settings, strangerRole), folder: folder.path });
    await watch.until("rows-checked");
    await chain.sql.unsafe(`revoke select on audit_events from ${strangerRole}`);
    expect(await watch.until("check-failed")).toMatchObject({ code: "permission-denied" });
    const ended = watch.until("connection-made");
    expect(await ended).toMatchObject({ attempts: 1 });
    await chain.sql.unsafe(`grant select on audit_events to ${strangerRole}`);
    await watch.until("rows-checked");
    expect(watch.seen.filter((each) => each.type === "check-failed")).toHaveLength(1);
    await watch.until("rows-checked");
    expect(watch.status().problem).toBe(null);
    expect(watch.status().verifications["not-verified"]).toBeGreaterThan(0);
  });

  test("ends at once when it never could, and waits for a server that is not there yet", async () => {
    using folder = temporaryFolder();
    await using database = await freshDatabase(cluster);
    const failure = async (dbUrl: string): Promise<string> => {
      await using watch = watching({ dbUrl, folder: folder.path });
      return await watch.until("check-failed").then(
        (event) => `waits: ${event.code}`,
        (error: unknown) => (error instanceof OpsError ? error.code : String(error)),
      );
    };
    expect(await failure(dsnOf(database.settings))).toBe("no-chain");
    expect(await failure("host=/nowhere user=x dbname=x")).toBe("waits: unreachable");
  });

  test("takes no damaged state for none, and ends clean when it is interrupted", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 10);
    {
      await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
      await watch.until("rows-checked");
      watch.interrupt();
      expect(await watch.verdict().catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
    }
    const [name = ""] = readdirSync(join(folder.path, "watch"));
    const path = join(folder.path, "watch", name, "state.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"size":10', '"size":11'));
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    const error = await watch.until("rows-checked").catch((each: unknown) => each);
    expect(error).toMatchObject({ code: "file-unreadable" });
  });

  test("leaves a state alone that another watch works with", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 10);
    await using first = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await first.until("rows-checked");
    await using second = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    expect(await second.until("rows-checked").catch((each: unknown) => each)).toMatchObject({
      code: "state-in-use",
    });
    await first.until("rows-checked");
  });

  test("goes on where its state cannot be written, and says so once", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 10);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await watch.until("rows-checked");
    const [name = ""] = readdirSync(join(folder.path, "watch"));
    renameSync(join(folder.path, "watch", name), join(folder.path, "away"));
    await appendRows(chain.owner, 10, "later-");
    await watch.until("state-unwritable");
    await watch.until("rows-checked");
    expect(watch.status().stateProblem).toContain("cannot write");
    renameSync(join(folder.path, "away"), join(folder.path, "watch", name));
    await watch.until("rows-checked");
    await watch.until("rows-checked");
    expect(watch.status().stateProblem).toBe(null);
    expect(watch.seen.filter((each) => each.type === "state-unwritable")).toHaveLength(1);
  });
});
