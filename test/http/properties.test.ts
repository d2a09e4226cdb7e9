import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readCursor, writeCursor } from "../../src/http/cursor.ts";
import { findRepeatedKey } from "../../src/http/find-repeated-key.ts";
import { isLocal, parseListen, showAddress } from "../../src/http/listen-place.ts";
import { Problem } from "../../src/http/problem.ts";
import { createTokenBuckets } from "../../src/http/token-bucket.ts";
import { requestBody, startTestApi } from "../support/api-server.ts";

describe("a key that stands twice", () => {
  test("is found wherever it stands, and however it is written", () => {
    for (const [json, key] of [
      ['{"a":1,"a":1}', "a"],
      ['{"a":1,"\\u0061":2}', "a"],
      ['[{"x":{"b":[],"c":{"b":1},"b":{}}}]', "b"],
      ['{"":1,"":2}', ""],
      ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
    ] as const)
      expect([json, findRepeatedKey(json)]).toEqual([json, key]);
  });

  test("is in nothing that was written from a value", () => {
    fc.assert(fc.property(fc.json(), (json) => expect(findRepeatedKey(json)).toBeNull()));
  });

  test("is found in every object to which one of its keys was added once more", () => {
    const keyed = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true });
    fc.assert(
      fc.property(keyed, fc.nat(), fc.jsonValue(), fc.jsonValue(), (object, at, value, around) => {
        const keys = Object.keys(object);
        const key = keys[at % keys.length] ?? "";
        const twice = JSON.stringify(object).replace(
          /}$/,
          () => `,${JSON.stringify(key)}:${JSON.stringify(value)}}`,
        );
        expect(findRepeatedKey(`[${JSON.stringify(around)},${twice}]`)).toBe(key);
      }),
    );
  });
});

describe("a cursor", () => {
  test("is read as it was written", () => {
    const at = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
    fc.assert(
      fc.property(at, fc.uuid(), (date, dropId) => {
        expect(readCursor(writeCursor({ at: date, dropId }))).toEqual({ at: date, dropId });
      }),
    );
  });

  test("that was never written is a problem, and nothing else", () => {
    const encoded = fc.json().map((text) => Buffer.from(text).toString("base64url"));
    fc.assert(
      fc.property(fc.oneof(fc.string(), encoded), (given) => {
        expect(() => readCursor(given)).toThrow(Problem);
      }),
    );
  });
});

test("no body breaks the server: whatever JSON it is, it is a request or it is none", async () => {
  await using api = await startTestApi(undefined, (usual) => ({
    ...usual,
    app: { ...usual.app, requests: { perSecond: 1e6, burst: 1e6 } },
  }));
  const whole = fc.constant(null).map((): Readonly<Record<string, unknown>> => ({ ...requestBody("db_1") }));
  // One field of a right request is anything at all.
  const spoilt = fc
    .tuple(
      whole,
      fc.constantFrom("target", "token", "request_id", "intent", "resource_type", "more"),
      fc.jsonValue(),
    )
    .map(([body, field, value]) => ({ ...body, [field]: value }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), spoilt), async (body) => {
      const { status } = await api.ask("/v1/drops", { body: JSON.stringify(body) });
      expect([200, 202, 403, 409, 422, 503]).toContain(status);
    }),
  );
  expect(api.warnings).toEqual([]);
});

describe("a token bucket", () => {
  test("never gives more than its burst and its rate, and says when there is more", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        pauses,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        (waits, burst, perSecond) => {
          let now = 0;
          let given = 0;
          const buckets = createTokenBuckets({ perSecond, burst }, { nowMs: () => now });
          for (const wait of waits) {
            now += wait;
            const seconds = buckets.take("a");
            if (seconds === 0) given += 1;
            else {
              const later = createTokenBuckets({ perSecond, burst }, { nowMs: () => now });
              expect(later.take("a")).toBe(0);
              expect(seconds).toBeGreaterThanOrEqual(1);
            }
            expect(given).toBeLessThanOrEqual(burst + (now / 1000) * perSecond);
          }
        },
      ),
    );
  });

  test("keeps only so many keys, and forgets who was not seen for longest", () => {
    let now = 0;
    const buckets = createTokenBuckets({ perSecond: 0.001, burst: 1 }, { nowMs: () => now, mostKeys: 3 });
    for (const key of ["a", "b", "c"]) expect(buckets.take(key)).toBe(0);
    now += 1;
    expect(buckets.take("a")).toBeGreaterThan(0);
    expect(buckets.take("d")).toBe(0);
    expect(buckets.size).toBe(3);
    expect(buckets.take("a")).toBeGreaterThan(0);
    // It was forgotten, and is new.
    expect(buckets.take("b")).toBe(0);
  });
});

describe("a place to listen", () => {
  test.each([
    ["127.0.0.1:7440", "http://127.0.0.1:7440", true],
    ["[::1]:80", "http://[::1]:80", true],
    ["localhost:1", "http://localhost:1", true],
    ["0.0.0.0:7440", "http://0.0.0.0:7440", false],
    ["[::]:7440", "http://[::]:7440", false],
    ["127.evil.example:80", "http://127.evil.example:80", false],
    ["/run/custody.sock", "unix:/run/custody.sock", true],
  ] as const)("%s", (given, address, local) => {
    const place = parseListen(given);
    expect([showAddress(place, place.kind === "tcp" ? place.port : 0, false), isLocal(place)]).toEqual([
      address,
      local,
    ]);
  });

  test("is 127.0.0.1:7440 where none is named", () => {
    expect(parseListen(undefined)).toEqual({ kind: "tcp", host: "127.0.0.1", port: 7440 });
  });
});
