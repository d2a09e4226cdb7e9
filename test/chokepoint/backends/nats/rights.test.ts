import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { openNatsBackend } from "../../../../src/chokepoint/backends/nats/open.ts";
import { holdNats, natsPolicy, permit, progress, signal } from "../../../support/nats-drop.ts";
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

test("an nkey whose seed lies in a file, over TLS with a CA of its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custody-test-nats-tls-"));
  using _cleanUp = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  const user = nkeys.createUser();
  const seed = join(folder, "custody.nk");
  writeFileSync(seed, `${new TextDecoder().decode(user.getSeed())}\n`, { mode: 0o600 });
  const [cert, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const subject = ["-subj", "/CN=nats", "-addext", "subjectAltName=IP:127.0.0.1"];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync("openssl", [...request, ...subject, "-days", "2", "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  await using server = await startNats(`
    tls { cert_file: "${cert}", key_file: "${key}" }
    authorization { users = [ { nkey: ${user.getPublicKey()} } ] }`);
  const url = `tls://127.0.0.1:${server.port}?nkey=${seed}&ca=${cert}`;
  const backend = openNatsBackend({ policy: natsPolicy(url), env: process.env });
  expect((await backend.inventory(signal)).items).toEqual([]);
  const untrusted = openNatsBackend({ policy: natsPolicy(url.replace(/&ca=.*/, "")), env: process.env });
  await expect(untrusted.ping(signal)).rejects.toMatchObject({ code: "unreachable" });
  const nobody = `tls://127.0.0.1:${server.port}?ca=${cert}`;
  await expect(
    openNatsBackend({ policy: natsPolicy(nobody), env: process.env }).ping(signal),
  ).rejects.toMatchObject({ code: "authentication-failed" });
  expect(() => openNatsBackend({ policy: natsPolicy(`${nobody}&nkey=/nowhere`), env: process.env })).toThrow(
    "/nowhere",
  );
});

test("a domain has a prefix of its own, and all of a drop goes through it; a wrong one is told", async () => {
  await using server = await startNats("", { domain: "hub" });
  await makeOrders(await server.connect(), 20);
  await using drop = await holdNats(`${server.url}?domain=hub`, orders);
  const { held, folder } = drop;
  const plan = await drop.plan();
  expect(plan.identity.systemIdentifier).toMatch(/^nats:[0-9a-f-]{36}$/);
  await held.fence(permit(), plan, { force: false });
  await held.makeTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);
  const from = { kind: "tombstone", folder } as const;
  const back = await held.undo(permit("drop.undo_started"), plan, from, { as: null, progress, signal });
  expect(back.proof?.isEqual).toBe(true);
  const wrong = openNatsBackend({ policy: natsPolicy(`${server.url}?domain=spoke`), env: process.env });
  await expect(wrong.inventory(signal)).rejects.toMatchObject({ code: "unreachable" });
});
