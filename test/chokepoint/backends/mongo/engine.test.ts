import { expect, test } from "bun:test";
import { dropByEngine } from "../../../support/drop-by-engine.ts";
import { dropRequest } from "../../../support/engine.ts";
import { startMongoPeer } from "../../../support/mongo-peer.ts";
import { contentsOf, makeShop } from "../../../support/mongo-shop.ts";

test("a database and its user go through the whole engine and come back from the encrypted tombstone", async () => {
  await using peer = await startMongoPeer();
  await makeShop(await peer.connect(), 60);
  const before = contentsOf(peer);
  const request = dropRequest({
    target: "documents",
    resourceType: "mongo",
    providerResourceId: "db_shop",
    token: "t1",
    intent: { names: { database: "db_shop", user: "usr_shop" } },
  });
  const target = { kind: "mongo", url: peer.url, env: { PATH: "" } } as const;
  const drop = await dropByEngine(target, request, async () => {
    expect([...peer.store.databases.keys()].toSorted()).toEqual(["admin", "db_other", "shop_old"]);
    expect(peer.store.users.map(({ user }) => String(user)).toSorted()).toEqual(["reporting", "usr_old"]);
  });
  expect(drop.actions.slice(-2)).toEqual(["drop.undo_started", "drop.undone"]);
  expect(drop.proof).toBe("read-back");
  // Credentials are in no event.
  expect(drop.ledger).not.toContain("s3cret");
  expect(drop.ledger).not.toContain("storedKey");
  expect(contentsOf(peer)).toEqual(before);
});
