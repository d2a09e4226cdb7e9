import { describe, expect, test } from "bun:test";
import type { Identity } from "../../../../src/chokepoint/drop.ts";
import type { Subject } from "../../../../src/chokepoint/statements/statement-eyes.ts";
import { connect } from "../../../../src/postgres/connect.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { ask, backendOf, never } from "../../../support/postgres-target.ts";

const clusters = await Promise.all([startTestCluster(14), startTestCluster(18)]);
for (const { settings } of clusters) {
  await ask(settings, "create database app");
  await ask(
    { ...settings, database: "app" },
    'create role "Odd.Name"',
    "create schema one",
    "create schema two",
    "create table one.orders (id int, note text)",
    "create table two.orders (id int)",
    'create table one."dotted.table" (id int)',
    "create view one.shown as select 1 as n",
    "create type one.mood as enum ('good')",
    "create sequence one.counter",
  );
}

describe.each([
  ["14", clusters[0].settings],
  ["18", clusters[1].settings],
] as const)("statements of sessions on PostgreSQL %s", (major, settings) => {
  const eyes = backendOf(settings).statements!;
  const app = { ...settings, database: "app" };
  const subject = (part: Subject["part"], name: string): Subject => ({ kind: "opaque", part, name });
  const found = async (part: Subject["part"], name: string) => {
    const {
      found: [only],
    } = await eyes.identify([subject(part, name)], "app", never);
    return typeof only === "object" ? only : (only ?? "none");
  };
  const identityOf = async (...subjects: readonly Subject[]): Promise<Identity> => {
    const { systemIdentifier, found: all } = await eyes.identify(subjects, "app", never);
    return { systemIdentifier, parts: all.filter((each) => typeof each !== "string") };
  };

  test("names are found where the server has them, and nothing is guessed", async () => {
    const [{ oid }] = (await ask(settings, "select oid::text from pg_database where datname = 'app'")) as [
      { oid: string },
    ];
    expect(await found("database", "app")).toMatchObject({ part: "database", name: "app", id: oid });
    expect(await found("database", "App")).toBe("none");
    expect(await found("role", "Odd.Name")).toMatchObject({ name: "Odd.Name" });
    expect(await found("schema", "one")).toMatchObject({
      name: "one",
      id: expect.stringMatching(new RegExp(`^${oid}/\\d+$`)),
    });
    expect(await found("table", "orders")).toBe("unclear");
    expect(await found("table", "two.orders")).toMatchObject({ name: "two.orders" });
    expect(await found("table", "app.two.orders")).toMatchObject({ name: "two.orders" });
    expect(await found("table", "dotted.table")).toMatchObject({ name: "one.dotted.table" });
    expect(await found("table", "shown")).toMatchObject({ name: "one.shown" });
    expect(await found("table", "counter")).toMatchObject({ name: "one.counter" });
    expect(await found("column", "one.orders.note")).toMatchObject({ name: "one.orders.note" });
    expect(await found("type", "mood")).toMatchObject({ name: "one.mood" });
    expect(await found("extension", "plpgsql")).toMatchObject({ part: "extension" });
    expect(await found("tablespace", "pg_default")).toMatchObject({ id: "1663" });
    expect(await found("table", "'; drop table one.orders; --")).toBe("none");
    expect(await found("table", `${"x".repeat(80)}.orders`)).toBe("none");
  });

  test("several in one question, each by itself; another database hides what is in it", async () => {
    const subjects = [subject("role", "nobody"), subject("table", "two.orders"), subject("database", "app")];
    const inApp = await eyes.identify(subjects, "app", never);
    expect(inApp.found.map((each) => (typeof each === "string" ? each : each.name))).toEqual([
      "none",
      "two.orders",
      "app",
    ]);
    const elsewhere = await eyes.identify(subjects, "postgres", never);
    expect(elsewhere.found[1]).toBe("none");
    const gone = await eyes.identify(subjects, "not_there", never);
    expect(gone.found.map((each) => (typeof each === "string" ? each : each.name))).toEqual([
      "none",
      "unclear",
      "app",
    ]);
  });

  test("what is left is told by oid: there, gone, renamed, made anew", async () => {
    await ask(
      app,
      "create role usr_left",
      "create table one.left_over (a int, b int)",
      "create schema left_schema",
    );
    const identity = await identityOf(
      subject("role", "usr_left"),
      subject("table", "one.left_over"),
      subject("column", "left_over.b"),
      subject("schema", "left_schema"),
      subject("database", "app"),
    );
    expect(identity.parts).toHaveLength(5);
    expect(await eyes.standing(identity, never)).toEqual(["there", "there", "there", "there", "there"]);
    await ask(
      app,
      "alter role usr_left rename to usr_right",
      "alter table one.left_over drop column b",
      "alter table one.left_over rename to moved",
      "drop schema left_schema",
      "create schema left_schema",
    );
    expect(await eyes.standing(identity, never)).toEqual(["there", "there", "gone", "gone", "there"]);
    await ask(app, "drop role usr_right", "drop table one.moved", "drop schema left_schema");
    expect(await eyes.standing(identity, never)).toEqual(["gone", "gone", "gone", "gone", "there"]);
  });

  test("what somebody is dropping, in a transaction that is open, is neither there nor gone", async () => {
    await ask(app, "create role usr_busy", "create table one.busy (a int)");
    const identity = await identityOf(subject("role", "usr_busy"), subject("table", "busy"));
    await using session = await connect(app, { applicationName: "test" });
    await session.sql.unsafe("begin");
    await session.sql.unsafe("drop role usr_busy");
    await session.sql.unsafe("drop table one.busy");
    expect(await eyes.standing(identity, never)).toEqual(["busy", "busy"]);
    await session.sql.unsafe("rollback");
    expect(await eyes.standing(identity, never)).toEqual(["there", "there"]);
    await ask(app, "drop role usr_busy", "drop table one.busy");
    expect(await eyes.standing(identity, never)).toEqual(["gone", "gone"]);
  });

  test("a database that is gone takes with it what was in it; one that was cut off is broken", async () => {
    await ask(settings, "create database doomed", "create database cut");
    await ask({ ...settings, database: "doomed" }, "create table t (a int)");
    const { systemIdentifier, found: all } = await eyes.identify(
      [subject("table", "t"), subject("database", "doomed"), subject("database", "cut")],
      "doomed",
      never,
    );
    const parts = all.filter((each) => typeof each !== "string");
    await ask(
      settings,
      "drop database doomed",
      "update pg_database set datconnlimit = -2 where datname = 'cut'",
    );
    expect(await eyes.standing({ systemIdentifier, parts }, never)).toEqual(["gone", "gone", "broken"]);
    await ask(settings, "drop database cut");
  });

  test("who may not drop it himself has custody drop nothing for him", async () => {
    const refuse = async (part: Subject["part"], name: string, ...roles: readonly string[]) =>
      (await eyes.refuseDestroyer?.(subject(part, name), roles, "app", never))?.code ?? null;
    await ask(
      settings,
      "create role boss superuser",
      "create role maker createrole",
      "create role owner_of",
      "create role member_of in role owner_of",
      "create role outsider",
      "create role made_by",
      "create database owned_db owner owner_of",
    );
    await ask(app, "create schema owned_schema authorization owner_of");
    for (const [part, name] of [
      ["database", "owned_db"],
      ["schema", "owned_schema"],
    ] as const) {
      expect(await refuse(part, name, "owner_of")).toBeNull();
      expect(await refuse(part, name, "member_of")).toBeNull();
      expect(await refuse(part, name, "boss")).toBeNull();
      expect(await refuse(part, name, "outsider")).toBe("42501");
      expect(await refuse(part, name, "maker")).toBe("42501");
      expect(await refuse(part, name, "not_there")).toBe("42501");
      // Whichever of them it is at the moment.
      expect(await refuse(part, name, "boss", "outsider")).toBe("42501");
      expect(await refuse(part, `${name}_not_there`, "outsider")).toBeNull();
    }
    expect(await refuse("database", "app", "boss")).toBe("55006");
    expect(await refuse("role", "made_by", "boss")).toBeNull();
    expect(await refuse("role", "made_by", "outsider")).toBe("42501");
    expect(await refuse("role", "boss", "maker")).toBe("42501");
    expect(await refuse("role", "maker", "maker")).toBe("55006");
    expect(await refuse("table", "one.orders", "boss")).toBe("0A000");
    // From 16 on it takes the ADMIN option, too: as the server says to maker himself.
    expect(await refuse("role", "made_by", "maker")).toBe(major === "18" ? "42501" : null);
    await ask(app, "drop schema owned_schema");
    await ask(
      settings,
      "drop database owned_db",
      "drop role boss, maker, member_of, owner_of, outsider, made_by",
    );
  });

  test("another server's parts are not asked for here", async () => {
    const identity = await identityOf(subject("database", "app"));
    await expect(eyes.standing({ ...identity, systemIdentifier: "1" }, never)).rejects.toThrow(
      "and it was decided on 1",
    );
  });
});
