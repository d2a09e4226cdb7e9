import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import { makeOrders, orders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

/** The configuration that docs/drop-nats.md gives custody's own user: what is tested is what is printed. */
function documentedPermissions(): string {
  const docs = readFileSync(join(import.meta.dirname, "../../../../docs/drop-nats.md"), "utf8");
  return (
    /```\n(permissions = \{[\s\S]*?)```/.exec(docs)?.[1]?.replace("permissions = ", "permissions: ") ?? ""
  );
}

test("a user with the documented rights and no others can do all of it", async () => {
  const permissions = documentedPermissions();
  expect(permissions).toContain("$JS.API.STREAM.SNAPSHOT.*");
  await using server = await startNats(`
    authorization {
      users = [
        { user: "shop", password: "s" }
        { user: "custody", password: "p:ss@word", ${permissions} }
      ]
    }`);
  await makeOrders(await server.connect({ user: "shop", pass: "s" }), 30);
  const url = `nats://custody:${encodeURIComponent("p:ss@word")}@127.0.0.1:${server.port}`;
  await using drop = await holdNats(url, orders);
  const { held, folder, backend } = drop;
  await backend.ping(signal);
  expect((await backend.inventory(signal)).items).toHaveLength(4);
  const plan = await drop.plan();
  const undoOptions = { as: null, progress, signal };
  await held.fence(permit(), plan, { force: false });
  await held.makeTombstone(plan, folder, progress, signal);
  await held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder }, undoOptions);
  await held.fence(permit(), plan, { force: false });
  await held.destroyResource(permit("drop.purge_started"), plan);
  await held.undo(permit("drop.undo_started"), plan, { kind: "tombstone", folder }, undoOptions);
  const connection = await server.connect({ user: "custody", pass: "p:ss@word" });
  connection.publish("orders.1.placed", "not its business");
  for await (const status of connection.status()) {
    expect(String(status.type === "error" ? status.error : status.type)).toContain("Permissions Violation");
    break;
  }
});

test("wrong credentials, no server, and a lost connection each have their code", async () => {
  const server = await startNats('authorization { token: "right" }');
  const open = (url: string): Promise<unknown> => holdNats(url, orders);
  await expect(open(`nats://wrong@127.0.0.1:${server.port}`)).rejects.toMatchObject({
    code: "authentication-failed",
  });
  await using drop = await holdNats(`nats://right@127.0.0.1:${server.port}`, orders);
  const lost = new Promise((resolve) => {
    drop.held.lost.addEventListener("abort", () => resolve(drop.held.lost.reason));
  });
  await server[Symbol.asyncDispose]();
  expect(await lost).toMatchObject({ code: "connection-lost" });
  await expect(drop.plan()).rejects.toMatchObject({ code: "unreachable" });
  await expect(open(`nats://right@127.0.0.1:${server.port}`)).rejects.toMatchObject({ code: "unreachable" });
});
