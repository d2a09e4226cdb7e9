import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats, headers } from "@nats-io/transport-node";
import { createClient } from "@redis/client";
import { MongoClient } from "mongodb";
import { programOfFile } from "../support/build-program.ts";
import { runProgram } from "../support/run-program.ts";
import { makeWireCertificates } from "../support/wire-certificates.ts";
import { untilListed, wireDrop } from "../support/wire-drops.ts";
import { startWireOthers } from "../support/wire-others.ts";

const pem = makeWireCertificates();
const { redis, home, scene } = await startWireOthers({
  program: programOfFile(),
  listeners: (kind) => [
    { name: `${kind}-clear` },
    { name: `${kind}-tls`, tls: { ...pem.server, required: true } },
  ],
});
const ca = join(home, "ca.crt");
writeFileSync(ca, pem.ca);

/** What another person gives who lets it through once, and what is said of where it belongs. */
async function ticketFor(id: string): Promise<{ readonly ticket: string; readonly said: string }> {
  const { stdout } = await scene.run(["drop", "ticket", id]);
  return { ticket: /^TICKET (\S+)$/m.exec(stdout)?.[1] ?? "", said: stdout };
}

const dropId = (text: string): string => /drop ([0-9a-f-]{36})/.exec(text)?.[1] ?? "";

describe.each(["clear", "tls"] as const)("Redis, %s", (way) => {
  const port = (): number => scene.portOf(`redis-${way}`);
  const cli = (flags: readonly string[], input: string) =>
    runProgram(
      [
        "redis-cli",
        "-h",
        "127.0.0.1",
        "-p",
        String(port()),
        ...(way === "tls" ? ["--tls", "--cacert", ca] : []),
        ...flags,
      ],
      { input },
    );

  test.each([
    ["RESP2", []],
    ["RESP3", ["-3"]],
  ] as const)("redis-cli, %s", async (_, flags) => {
    const script =
      "SET a 1\nINCR a\nHSET h f v g w\nHGETALL h\nMULTI\nGET a\nDEL h\nEXEC\nLPUSH a x\nGET\nGET a\n";
    const through = await cli(flags, script);
    const direct = await runProgram(["redis-cli", "-s", redis.socket, ...flags], { input: script });
    expect(through).toEqual(direct);
    const refused = await cli(flags, "SET kept 1\nFLUSHALL\nGET kept\n");
    expect(refused.stdout).toMatch(/^OK\n(?:\(error\) )?NOPERM .*\n\n?1\n$/);
    const id = dropId(refused.stdout);
    expect(await wireDrop(scene, id)).toMatchObject({ state: "refused", target: "redis" });
    expect((await ticketFor(id)).said).toContain("redis has no place for a ticket");
    const loaded = await cli([...flags, "--pipe"], "SET p 1\r\n".repeat(20_000));
    expect(loaded.stdout).toContain("errors: 0, replies: 20000");
  });

  test.each([2, 3] as const)("@redis/client, RESP%d: pipelines, transactions, pub/sub", async (version) => {
    const connect = async () => {
      const client = createClient({
        RESP: version,
        socket: {
          host: "localhost",
          port: port(),
          reconnectStrategy: false,
          ...(way === "tls" ? { tls: true, ca: pem.ca } : { tls: false }),
        } as never,
        maintNotifications: "disabled",
      });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    };
    const client = await connect();
    const many = await Promise.all(Array.from({ length: 2000 }, (_, n) => client.set(`k${n}`, `v${n}`)));
    expect(new Set(many)).toEqual(new Set(["OK"]));
    expect(await client.multi().set("n", "1").incr("n").get("n").exec()).toEqual(["OK", 2, "2"] as never);
    const told = await client.flushDb().catch((error: Error) => error.message);
    expect(told).toContain("NOPERM");
    expect(await client.get("k1999")).toBe("v1999");
    const subscriber = await connect();
    const heard = Promise.withResolvers<string>();
    await subscriber.subscribe("bells", (message) => heard.resolve(message));
    await client.publish("bells", "FLUSHALL");
    expect(await heard.promise).toBe("FLUSHALL");
    subscriber.destroy();
    client.destroy();
  });
});

describe.each(["clear", "tls"] as const)("NATS, %s", (way) => {
  test("JetStream: a stream, messages, a consumer; its end is denied", async () => {
    const client = await connectNats({
      servers: `localhost:${scene.portOf(`nats-${way}`)}`,
      ...(way === "tls" ? { tls: { ca: pem.ca } } : {}),
    });
    const manager = await jetstreamManager(client);
    const name = `orders_${way}`;
    await manager.streams.add({ name, subjects: [`${way}.>`] });
    const js = jetstream(client);
    await Promise.all(Array.from({ length: 500 }, (_, n) => js.publish(`${way}.placed`, `order ${n}`)));
    await manager.consumers.add(name, { durable_name: "billing", ack_policy: AckPolicy.Explicit });
    const billing = await js.consumers.get(name, "billing");
    let taken = 0;
    for await (const message of await billing.fetch({ max_messages: 500, expires: 10_000 })) {
      expect(message.string()).toStartWith("order ");
      message.ack();
      taken += 1;
    }
    expect(taken).toBe(500);
    const denied = await manager.streams.delete(name).catch((error: unknown) => error);
    expect(denied).toMatchObject({ message: expect.stringContaining("custody") as never });
    expect((await manager.streams.info(name)).state.messages).toBe(500);
    expect(await untilListed(scene, name, ["refused"])).toMatchObject({
      target: "nats",
      resource_type: "stream",
    });
    const { ticket, said } = await ticketFor((await untilListed(scene, name, ["refused"])).drop_id);
    expect(said).toContain(`with the header custody-ticket: ${ticket}\n`);
    const bearing = headers();
    bearing.set("custody-ticket", ticket);
    const passed = await client.request(`$JS.API.STREAM.DELETE.${name}`, "", {
      headers: bearing,
      timeout: 10_000,
    });
    expect(passed.json()).toMatchObject({ success: true });
    const answered = client.subscribe("echo", {
      callback: (_, message) => void message.respond(message.data),
    });
    expect((await client.request("echo", "hello", { timeout: 10_000 })).string()).toBe("hello");
    answered.unsubscribe();
    await client.close();
  });
});

describe.each(["clear", "tls"] as const)("MongoDB, %s", (way) => {
  test("the driver: documents in and out, a collection that is dropped, a database that is not", async () => {
    const url = `mongodb://localhost:${scene.portOf(`mongo-${way}`)}/?directConnection=true`;
    const secured = way === "tls" ? { tls: true, tlsCAFile: ca } : {};
    const client = await new MongoClient(url, { appName: "shop", ...secured }).connect();
    const shop = client.db(`shop_${way}`);
    const documents = Array.from({ length: 2000 }, (_, at) => ({ at, text: "drop".repeat(at % 300) }));
    await shop.collection("orders").insertMany(documents);
    const found = await shop.collection("orders").find().toArray();
    expect(found.map(({ at }) => at as number)).toEqual(documents.map(({ at }) => at));
    await shop.createCollection(`gone_${way}`);
    expect(await shop.collection(`gone_${way}`).drop()).toBe(true);
    expect(await untilListed(scene, `gone_${way}`, ["completed"])).toMatchObject({ outcome: "ok" });
    const denied = await shop.dropDatabase().catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: 13, codeName: "Unauthorized" });
    const id = dropId((denied as Error).message);
    expect(await wireDrop(scene, id)).toMatchObject({ state: "refused" });
    const { ticket, said } = await ticketFor(id);
    expect(said).toContain(`with comment: { 'custody-ticket': '${ticket}' } in it\n`);
    const answer = await shop.command({ dropDatabase: 1, comment: { "custody-ticket": ticket } });
    expect(answer).toMatchObject({ ok: 1, dropped: `shop_${way}` });
    await client.close();
  });
});
