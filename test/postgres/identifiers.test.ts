import { expect, test } from "bun:test";
import fc from "fast-check";
import { connect } from "../../src/postgres/connect.ts";
import { qualifiedName, quoteIdentifier, quoteLiteral } from "../../src/postgres/identifiers.ts";
import { startTestCluster } from "../support/cluster.ts";

const cluster = await startTestCluster();
const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0") && value.isWellFormed());

test.each(["on", "off"])("a literal means itself, standard_conforming_strings = %s", async (mode) => {
  await using session = await connect(cluster.settings, {
    applicationName: "test",
    parameters: { standard_conforming_strings: mode },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (values) => {
      const rows = await session.sql.unsafe(
        `values ${values.map((value) => `(${quoteLiteral(value)})`).join(",")}`,
      );
      expect(rows.map((row) => row["column1"])).toEqual(values);
    }),
  );
});

test("an identifier means itself", async () => {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const name = text.filter((value) => value !== "" && Buffer.byteLength(value) < 64);
  await fc.assert(
    fc.asyncProperty(name, async (value) => {
      // Of the answer's columns: the client's rows are objects, in which __proto__ is no name.
      const { columns } = await session.sql.unsafe(`select 1 as ${quoteIdentifier(value)}`);
      expect(columns.map((each) => each.name)).toEqual([value]);
    }),
  );
});

test("a NUL is refused, a name is qualified", () => {
  expect(() => quoteLiteral("a\0b")).toThrow(RangeError);
  expect(() => quoteIdentifier("a\0b")).toThrow(RangeError);
  expect(qualifiedName("a.b", 'c"d')).toBe('"a.b"."c""d"');
});
