import { expect, test } from "bun:test";
import { read } from "./collect.ts";

test.each([
  ["Pool", "Pool"],
  ["pg.Pool", "pg.Pool"],
  ["Pool<Row>", "Pool"],
  ["Pool | null", "Pool"],
  ["undefined | (Pool | Client)", "Pool"],
  ["Pool & { x: 1 }", "Pool"],
  ["Promise<Pool | undefined>", "Pool"],
  ["readonly Pool[]", "Pool"],
  ["Array<Pool>", "Pool"],
  ["Readonly<Partial<Pool>>", "Pool"],
  ["Omit<Pool, 'end'>", "Pool"],
  ["jest.Mocked<Pool>", "Pool"],
  ["import('pg').Pool", "Pool"],
  ["InstanceType<typeof Pool>", "Pool"],
  ["Awaited<ReturnType<typeof connect>>", null],
  ["string", "string"],
  ["string | Pool", "string"],
  ["(sql: string) => Pool", null],
  ["{ pool: Pool }", null],
  ["any", null],
  ["'a' | 'b'", null],
  ["T", "Pool"],
  ["T[]", "Pool"],
  ["U", null],
  ["V", "V"],
] as const)("%s is %p", (written, expected) => {
  const { functions } = read(
    `function f<T extends Pool, U>(a: ${written}): ${written} {} function g<V>() {}`,
  );
  expect(functions[1]?.params[0]?.type).toBe(expected);
  expect(functions[1]?.returns).toBe(expected);
});

test("a class's own type parameters are no types in it", () => {
  const { types, functions } = read(
    "class A<T extends Pool, U> { a: T; constructor(readonly b: U) {} c(d: T): U {} } interface B<T> { e: T; f: Pool }",
  );
  expect(types.map(({ fields }) => fields.map(({ type }) => type))).toEqual([
    ["Pool", null],
    [null, "Pool"],
  ]);
  expect(functions.map(({ params }) => params.map(({ type }) => type))).toEqual([[], [null], ["Pool"]]);
});
