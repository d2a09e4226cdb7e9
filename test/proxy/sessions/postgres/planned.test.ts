import { beforeAll, expect, test } from "bun:test";
import { sqlParser } from "../../../../src/postgres/parse-sql.ts";
import { recogniserOf } from "../../../../src/proxy/sessions/postgres/recogniser-of.ts";
import type { Gate } from "../../../../src/proxy/sessions/ports.ts";
import { parse, query } from "../../../../src/wire/postgres/write-client.ts";
import { bind, runOnce, sync } from "../../../support/client-messages.ts";
import { run, startTestCluster } from "../../../support/cluster.ts";
import { askBothWays, errorsOf } from "../../../support/postgres-conversation.ts";
import { startTestProxy } from "../../../support/postgres-session.ts";
import { rawClient } from "../../../support/raw-postgres.ts";
import type { RawClient } from "../../../support/raw-postgres.ts";
import { denial, scriptedDecider } from "../../../support/told-outcomes.ts";

/** The server calls functions that are not volatile when it plans a statement: at Bind, or at EXPLAIN, before anything is executed. */

const cluster = await startTestCluster(15);
const { roles } = askBothWays(cluster);
const [host] = cluster.settings.hosts;
const path = `${host?.host}/.s.PGSQL.${host?.port}`;
const who = { user: cluster.settings.user, database: "postgres" };
const asAdmin = recogniserOf({ parse: await sqlParser(), isAdmin: true, knownFunctions: null });

beforeAll(async () => {
  await run(
    cluster,
    `create table t (a int);
     create function gone() returns int language plpgsql as $$ begin drop role r_target; return 1; end $$;
     create function planned() returns int immutable language plpgsql as $$ begin perform gone(); return 1; end $$;
     create function backslashes() returns int immutable language plpgsql as $$
       begin perform set_config('standard_conforming_strings', 'off', false); return 1; end $$`,
  );
});

const all = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

/** How the DELETE stands in a string where strings are standard, and stands alone where they are not. */
const twoWays =
  "with a as (select '\\' as b, ' as c), d as (delete from t returning a) " +
  "select a from d where '' = '' /* ' as c) select 1 -- */";

const attacks: Readonly<Record<string, (client: RawClient) => Promise<void>>> = {
  async "a Bind without an Execute calls what is immutable"(client) {
    client.send(all(parse("", "select planned()"), bind("", ""), sync));
    await client.ready(2);
  },
  async "so does the Bind of a statement that was prepared before"(client) {
    client.send(all(parse("s", "select planned()"), sync));
    await client.ready(2);
    client.send(all(bind("p", "s"), sync));
    await client.ready(3);
  },
  async "EXPLAIN EXECUTE plans what it does not run"(client) {
    client.send(query("prepare s as select planned()"));
    await client.ready(2);
    client.send(query("explain execute s"));
    await client.ready(3);
  },
  async "EXPLAIN EXECUTE of what the wire has prepared"(client) {
    client.send(all(parse("s", "select planned()"), sync));
    await client.ready(2);
    client.send(query("explain (costs off) execute s"));
    await client.ready(3);
  },
};

async function carryOut(
  attack: (client: RawClient) => Promise<void>,
  place: { readonly port: number } | { readonly path: string },
): Promise<void> {
  await using client = await rawClient(place, who);
  await attack(client);
}

test.each(Object.entries(attacks))("%s, and is decided on", async (_, attack) => {
  await run(cluster, "create role r_target");
  await carryOut(attack, { path });
  expect(await roles()).toEqual([]);

  await run(cluster, "create role r_target");
  const decider = scriptedDecider(() => denial);
  const context = { recogniserFor: () => Promise.resolve(asAdmin) };
  const gate: Gate = { admit: () => ({ kind: "admitted", isAdmin: true }), mayTakeOn: () => true };
  await using proxy = await startTestProxy({ server: { kind: "unix", path }, decider, context, gate });
  await carryOut(attack, { port: proxy.port });
  expect(await roles()).toEqual(["r_target"]);
  expect(decider.sightings).toHaveLength(1);
  expect(proxy.warnings).toEqual([]);
  await run(cluster, "drop role r_target");
});

test("what is asked about at its Bind is not asked about again, and its end is that of its Execute", async () => {
  await run(cluster, "create role r_target");
  const decider = scriptedDecider(() => "forward");
  const context = { recogniserFor: () => Promise.resolve(asAdmin) };
  const gate: Gate = { admit: () => ({ kind: "admitted", isAdmin: true }), mayTakeOn: () => true };
  await using proxy = await startTestProxy({ server: { kind: "unix", path }, decider, context, gate });
  await using client = await rawClient({ port: proxy.port }, who);
  client.send(all(...runOnce("select gone()"), sync));
  await client.ready(2);
  client.send(all(...runOnce("select gone()"), sync));
  await client.ready(3);
  client.send(all(parse("", "select planned()"), bind("", ""), sync));
  await client.ready(4);
  expect(await roles()).toEqual([]);
  expect(decider.sightings).toHaveLength(3);
  expect(decider.settled.map(({ outcome }) => outcome)).toEqual(["ok", "error", "error"]);
  // A statement that nobody has prepared is the server's to refuse.
  client.send(all(bind("", "nobody"), sync));
  await client.ready(5);
  expect(errorsOf(client).at(-1)).toContain("C26000");
});

test("what a Bind has set is known to whoever reads the next Parse of its cycle", async () => {
  const { startProxy, rows } = askBothWays(cluster);
  const conversation = all(parse("", "select backslashes()"), bind("", ""), ...runOnce(twoWays), sync);
  await run(cluster, "insert into t values (1)");
  await using direct = await rawClient({ path }, who);
  direct.send(conversation);
  await direct.ready(2);
  expect(await rows("select from t")).toHaveLength(0);

  await run(cluster, "insert into t values (1)");
  await using proxy = await startProxy(scriptedDecider(() => denial));
  await using client = await proxy.connect();
  client.send(conversation);
  await client.ready(2);
  expect(await rows("select from t")).toHaveLength(1);
});
