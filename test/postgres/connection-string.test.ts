import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OpsError } from "../../src/errors.ts";
import { parseConnectionString } from "../../src/postgres/connection-string.ts";
import type { Parameters } from "../../src/postgres/keywords.ts";

describe("URIs", () => {
  const read: readonly (readonly [uri: string, expected: Parameters])[] = [
    ["postgres://", {}],
    ["postgresql:///", {}],
    ["postgres://db.example", { host: "db.example" }],
    ["postgres://db.example?", { host: "db.example" }],
    ["postgres://db.example:/", { host: "db.example" }],
    ["postgres://:5433/", { port: "5433" }],
    ["postgres://@db.example", { host: "db.example" }],
    ["postgres://ann@", { user: "ann" }],
    ["postgres://ann:@db.example", { user: "ann", host: "db.example" }],
    ["postgres://:pw@db.example", { password: "pw", host: "db.example" }],
    ["postgres:///shop", { dbname: "shop" }],
    ["postgres://ann@/shop", { user: "ann", dbname: "shop" }],
    [
      "postgresql://ann:s3cret@db.example:5433/shop",
      { user: "ann", password: "s3cret", host: "db.example", port: "5433", dbname: "shop" },
    ],
    ["postgres://ann:p%40ss%2Fw%3Ard@h/d", { user: "ann", password: "p@ss/w:rd", host: "h", dbname: "d" }],
    ["postgres://ann:a+b@h", { user: "ann", password: "a+b", host: "h" }],
    ["postgres://%64b/sh%6Fp", { host: "db", dbname: "shop" }],
    ["postgres://[::1]", { host: "::1" }],
    ["postgres://[2001:db8::7]:5433/d", { host: "2001:db8::7", port: "5433", dbname: "d" }],
    ["postgres://a,b:5433,[::1]:5434/d", { host: "a,b,::1", port: ",5433,5434", dbname: "d" }],
    ["postgres://a:1,b:2", { host: "a,b", port: "1,2" }],
    ["postgres://%2Fvar%2Frun%2Fpg/d", { host: "/var/run/pg", dbname: "d" }],
    ["postgres://ann@/d?host=/socket/dir", { user: "ann", dbname: "d", host: "/socket/dir" }],
    ["postgres://ann@:5433?host=/s", { user: "ann", port: "5433", host: "/s" }],
    ["postgres://?hostaddr=127.0.0.1", { hostaddr: "127.0.0.1" }],
    ["postgres://a/d?host=b&dbname=e", { host: "b", dbname: "e" }],
    ["postgres://h?%75ser=ann&connect_timeout=3", { host: "h", user: "ann", connect_timeout: "3" }],
    ["postgres://h?ssl=true", { host: "h", sslmode: "require" }],
    ["postgres://h/d?options=-c%20geqo%3Doff", { host: "h", dbname: "d", options: "-c geqo=off" }],
    ["postgres://h/d%2Fe", { host: "h", dbname: "d/e" }],
    ["postgres://h/Ünï", { host: "h", dbname: "Ünï" }],
  ];
  for (const [uri, expected] of read) {
    test(uri, () => expect(parseConnectionString(uri)).toEqual(expected));
  }

  const refused = [
    "postgres://[::1",
    "postgres://[]",
    "postgres://[::1]z",
    "postgres://h?user",
    "postgres://h?user=a=b",
    "postgres://h?a&b",
    "postgres://h?usr=ann",
    "postgres://%zz",
    "postgres://%1",
    "postgres://%",
    "postgres://h/a%00b",
    "postgres://h/%ff%fe",
    "mysql://h/d",
    "",
    "justaname",
  ];
  for (const uri of refused) {
    test(`refuses ${uri}`, () => expect(() => parseConnectionString(uri)).toThrow(OpsError));
  }

  test("an unknown parameter is named", () => {
    expect(() => parseConnectionString("postgres://h?sllmode=require")).toThrow(/"sllmode"/);
  });

  test("whatever can be said in a URI is read back", () => {
    const part = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !text.includes("\0") && text.isWellFormed());
    fc.assert(
      fc.property(
        part,
        part,
        part,
        fc.integer({ min: 1, max: 65535 }),
        part,
        (user, password, host, port, dbname) => {
          const encode = encodeURIComponent;
          const uri = `postgres://${encode(user)}:${encode(password)}@${encode(host)}:${port}/${encode(dbname)}`;
          expect(parseConnectionString(uri)).toEqual({ user, password, host, port: String(port), dbname });
        },
      ),
    );
  });
});

describe("key=value", () => {
  const read: readonly (readonly [text: string, expected: Parameters])[] = [
    ["host=h dbname=d", { host: "h", dbname: "d" }],
    ["  host = h\tdbname\n=\nd ", { host: "h", dbname: "d" }],
    ["dbname='my db'user=ann", { dbname: "my db", user: "ann" }],
    [String.raw`password='a\'b\\c' host=h`, { password: String.raw`a'b\c`, host: "h" }],
    [String.raw`password=a\ b\'c`, { password: "a b'c" }],
    ["host= dbname=d", { host: "dbname=d" }],
    ["host='' dbname=d", { dbname: "d" }],
    ["host=a host=b", { host: "b" }],
    ["options='-c search_path=a,b'", { options: "-c search_path=a,b" }],
  ];
  for (const [text, expected] of read) {
    test(text, () => expect(parseConnectionString(text)).toEqual(expected));
  }

  for (const text of ["host", "host=h dbname", "password='open", "=x", "colour=red", "host=h =x"]) {
    test(`refuses ${text}`, () => expect(() => parseConnectionString(text)).toThrow(OpsError));
  }

  test("whatever can be quoted is read back", () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !text.includes("\0"));
    const quote = (text: string): string => `'${text.replace(/['\\]/g, (char) => `\\${char}`)}'`;
    fc.assert(
      fc.property(value, value, (password, dbname) => {
        const text = `password=${quote(password)} dbname = ${quote(dbname)}`;
        expect(parseConnectionString(text)).toEqual({ password, dbname });
      }),
    );
  });
});

describe("secrets", () => {
  // Long and strange enough not to occur in a message by accident.
  const secret = fc.stringMatching(/^[A-Za-z0-9 %@:/?&='"\\#,[\]]{12,24}$/);

  test("no error repeats what may be a password, however it was written", () => {
    const forms = [
      (password: string) => `postgres://ann:${password}@h:1/d`,
      (password: string) => `postgres://ann:${encodeURIComponent(password)}@h:x/d?bad`,
      (password: string) => `postgres://ann:${password}/d`,
      (password: string) => `password=${password} host=h`,
      (password: string) => `host=h password='${password}`,
      (password: string) => `host=h password="${password}"`,
      (password: string) => password,
    ];
    fc.assert(
      fc.property(secret, fc.constantFrom(...forms), (password, form) => {
        try {
          parseConnectionString(form(password));
        } catch (error) {
          expect(error).toBeInstanceOf(OpsError);
          const { message, hint } = error as OpsError;
          expect(`${message} ${hint}`).not.toContain(password);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
