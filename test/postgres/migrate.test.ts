import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OpsError } from "../../src/errors.ts";
import { quotedSchema, withSchema } from "../../src/postgres/migrate.ts";

describe("the schema's name in a migration", () => {
  test("stands where :schema stands as a word, and nowhere else", () => {
    const sql = "create table :schema.a (x :schema.t); select 1::schema, ':schemas', :schema";
    expect(withSchema(sql, '"s"')).toBe(`create table "s".a (x "s".t); select 1::schema, ':schemas', "s"`);
  });

  test("is put in as it is, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(withSchema("a :schema b", name)).toBe(`a ${name} b`);
      }),
    );
  });

  test("is quoted, or refused where PostgreSQL would change it or a body would end in it", () => {
    expect(quotedSchema('we"ird :schema')).toBe('"we""ird :schema"');
    for (const name of [
      "",
      "x".repeat(64),
      "é".repeat(32),
      "pg_mine",
      "information_schema",
      "a$custody$b",
      "a\0b",
    ]) {
      expect(() => quotedSchema(name)).toThrow(OpsError);
    }
  });
});
