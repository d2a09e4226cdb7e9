import { afterAll, beforeAll, expect, test } from "bun:test";
import { startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import type { RedisProxy } from "../../../support/redis-proxy.ts";
import { listedGate, wireContext } from "../../../support/scripted-decider.ts";
import { OpsError } from "../../../../src/errors.ts";
import { openRedisSession } from "../../../../src/proxy/sessions/redis/open-redis-session.ts";
import { scriptedDecider } from "../../../support/scripted-decider.ts";
import { listenForSessions } from "../../../support/socket-sessions.ts";

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
  await using admin = await redis.connect();
  for (const user of ["ann", "dba"])
    await admin.ask("ACL", "SETUSER", user, "on", ">secret", "~*", "&*", "+@all");
});
afterAll(() => redis[Symbol.asyncDispose]());

async function withGate(
  refused: readonly string[],
  act: (proxy: RedisProxy, roles: () => readonly string[]) => Promise<void>,
): Promise<void> {
  const gate = listedGate(refused);
  await using proxy = await startRedisProxy(redis, () => "refuse", { gate });
  await act(proxy, () => gate.asked.map(({ role }) => role));
}

const no = (user: string): string =>
  `-NOPERM ${user} may not come in (recorded as drop 1234) custody drop approve 1234\r\n`;

test.each([
  "AUTH dba secret",
  "HELLO 3 AUTH dba secret",
  "hello 2 setname x auth ann secret AUTH dba secret",
  '"A\\x55TH" dba secret',
])("%s is refused before anybody is dialled", async (login) => {
  await withGate(["dba"], async (proxy, roles) => {
    using client = await rawClient(proxy.path);
    client.send(`${login}\r\nPING\r\n`);
    expect(await client.ended()).toBe(no("dba"));
    expect(roles().at(-1)).toBe("dba");
    expect(proxy.dialled()).toBe(0);
  });
});

test("who says nothing is default; a name may still be said", async () => {
  await withGate(["default"], async (proxy, roles) => {
    using client = await rawClient(proxy.path);
    client.send("PING\r\nSET a 1\r\n");
    await client.until((text) => text === no("default") + no("default"));
    expect(proxy.dialled()).toBe(0);
    client.send("AUTH ann secret\r\nPING\r\nFLUSHALL\r\n");
    await client.until((text) => text.includes("+OK\r\n+PONG\r\n-NOPERM custody: not allowed"));
    expect(roles()).toEqual(["default", "ann"]);
    expect(proxy.decider.asked[0]?.sighting.speaker.role).toBe("ann");
  });
});

test("HELLO without a name only greets; what comes behind it without one is default", async () => {
  await withGate(["default"], async (proxy, roles) => {
    using client = await rawClient(proxy.path);
    client.send("HELLO 3\r\nPING\r\nHELLO 3\r\nAUTH ann secret\r\nFLUSHALL\r\n");
    const text = await client.until((got) => got.includes("custody: not allowed"));
    expect(text).toContain(`*0\r\n${no("default")}%7\r\n`);
    expect(roles()).toEqual(["", "default", "ann"]);
    expect(proxy.decider.asked[0]?.sighting.speaker.role).toBe("ann");
  });
});

test("who fails to log in is nobody, and default only if default may come in", async () => {
  await withGate(["default"], async (proxy) => {
    using client = await rawClient(proxy.path);
    client.send("AUTH ann wrong\r\nSET a 1\r\nFLUSHALL\r\n");
    const text = await client.until((got) => got.includes(no("default") + no("default")));
    expect(text).toStartWith("-WRONGPASS ");
    expect(proxy.decider.asked).toEqual([]);
  });
});

test("RESET makes a default of anybody: that is asked for too", async () => {
  await withGate(["default"], async (proxy) => {
    using client = await rawClient(proxy.path);
    client.send("AUTH ann secret\r\nRESET\r\nACL WHOAMI\r\n");
    await client.until((text) => text === `+OK\r\n${no("default")}$3\r\nann\r\n`);
  });
});

test("another user in mid-session is asked for; the old one speaks until it is in", async () => {
  await withGate(["dba"], async (proxy) => {
    using client = await rawClient(proxy.path);
    client.send(
      "FLUSHALL\r\nAUTH ann wrong\r\nFLUSHALL\r\nAUTH ann secret\r\nFLUSHALL\r\nAUTH dba secret\r\nPING\r\n",
    );
    expect(await client.ended()).toEndWith(no("dba"));
    expect(proxy.decider.asked.map(({ sighting }) => sighting.speaker.role)).toEqual([
      "default",
      "default",
      "ann",
    ]);
  });
});

test("AUTH in a transaction is asked for, and remembered as who it may be", async () => {
  await withGate(["dba"], async (proxy) => {
    using client = await rawClient(proxy.path);
    client.send("MULTI\r\nAUTH ann secret\r\nSELECT 2\r\nEXEC\r\nFLUSHALL\r\nMULTI\r\nAUTH dba secret\r\n");
    expect(await client.ended()).toEndWith(no("dba"));
    expect(proxy.decider.asked[0]?.sighting.speaker).toMatchObject({
      role: "default",
      otherRoles: ["ann"],
      database: "2",
    });
  });
});

test("a replica is asked for as one", async () => {
  const seen: boolean[] = [];
  const gate = {
    ...listedGate(),
    admit: async (_: unknown, { isReplication }: { readonly isReplication: boolean }) => {
      seen.push(isReplication);
      return { kind: "admitted", isAdmin: false } as const;
    },
  };
  await using proxy = await startRedisProxy(redis, () => "refuse", { gate });
  using client = await rawClient(proxy.path);
  client.send("PING\r\nPSYNC ? -1\r\n");
  await client.until((text) => /\+FULLRESYNC [^]*REDIS/u.test(text));
  expect(seen).toEqual([false, true]);
  client.send("FLUSHALL\r\n");
  expect(await client.ended()).toContain("-NOPERM custody: not allowed");
});

test("QUIT from a client that nobody has admitted is answered without a server", async () => {
  await withGate([], async (proxy) => {
    using client = await rawClient(proxy.path);
    client.send("QUIT\r\n");
    expect(await client.ended()).toBe("+OK\r\n");
    expect(proxy.dialled()).toBe(0);
  });
});

test("a server that cannot be reached is said to be so", async () => {
  const context = wireContext(() => Promise.reject(new OpsError("unreachable", "nobody there", "start it")), {
    decider: scriptedDecider(() => "pass"),
  });
  await using listener = await listenForSessions((client) => openRedisSession(client, context));
  using client = await rawClient(listener.path);
  client.send("PING\r\n");
  expect(await client.ended()).toBe("-ERR custody: the server behind this proxy cannot be reached\r\n");
});
