import { expect, test } from "bun:test";
import { BSON } from "mongodb";
import fc from "fast-check";
import { isRewritable, readBson } from "../../../../src/chokepoint/backends/mongo/read-bson.ts";

/** bsonspec.org, FAQ: "some examples of documents … and their corresponding BSON representations". */
const published = [
  "160000000268656c6c6f0006000000776f726c640000",
  "310000000442534f4e002600000002300008000000617765736f6d65000131003333333333331440103200c20700000000",
];

/** github.com/mongodb/specifications, bson-corpus/tests/multi-type.json: "All BSON types". */
const allTypes =
  "F4010000075F69640057E193D7A9CC81B4027498B502537472696E670007000000737472696E670010496E743332002A00000012496E743634002A0000000000000001446F75626C6500000000000000F0BF0542696E617279001000000003A34C38F7C3ABEDC8A37814A992AB8DB60542696E61727955736572446566696E656400050000008001020304050D436F6465000E00000066756E6374696F6E2829207B7D000F436F64655769746853636F7065001B0000000E00000066756E6374696F6E2829207B7D00050000000003537562646F63756D656E74001200000002666F6F0004000000626172000004417272617900280000001030000100000010310002000000103200030000001033000400000010340005000000001154696D657374616D7000010000002A0000000B5265676578007061747465726E0000094461746574696D6545706F6368000000000000000000094461746574696D65506F73697469766500FFFFFF7F00000000094461746574696D654E656761746976650000000080FFFFFFFF085472756500010846616C73650000034442526566003D0000000224726566000B000000636F6C6C656374696F6E00072469640057FD71E96E32AB4225B723FB02246462000900000064617461626173650000FF4D696E6B6579007F4D61786B6579000A4E756C6C0000";

/** multi-type-deprecated.json: `Undefined` and `DBPointer` alone, which drivers turn into others. */
const deprecated = {
  undefined: "0800000006610000",
  pointer: "1a0000000c610002000000620056e1fc72e0c917e9c471416100",
};

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

test("the published documents are written again as they are", () => {
  for (const hex of [...published, allTypes]) expect(isRewritable(bytes(hex))).toBe(true);
  expect(readBson(bytes(published[0]!)).get("hello")).toBe("world");
});

test("keys keep their order", () => {
  const map = new Map([
    ["b", 1],
    ["1", 2],
    ["0", 3],
  ] as const);
  const document = Buffer.from(BSON.serialize(map));
  expect([...readBson(document).keys()]).toEqual(["b", "1", "0"]);
  expect(isRewritable(document)).toBe(true);
});

test("what would come back as something else is told", () => {
  expect(isRewritable(bytes(deprecated.undefined))).toBe(false);
  expect(isRewritable(bytes(deprecated.pointer))).toBe(false);
  // One key twice: {"a": 1, "a": 2}.
  expect(isRewritable(bytes("13000000106100010000001061000200000000"))).toBe(false);
  // A string that is not UTF-8.
  expect(isRewritable(bytes("0e00000002610002000000ff0000"))).toBe(false);
});

test("what is no BSON is refused, never read past its end", () => {
  fc.assert(
    fc.property(fc.constantFrom(...published, allTypes), fc.nat(), fc.nat(255), (hex, at, value) => {
      const document = bytes(hex);
      document[at % document.length] = value;
      try {
        isRewritable(document);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).constructor.name).toBe("OpsError");
      }
    }),
  );
});

test("any document that the driver writes is written again", () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array().map((each) => new BSON.Binary(each)),
  );
  const key = fc.string().filter((each) => !each.includes("\0"));
  const document = fc.letrec<{ value: unknown; map: ReadonlyMap<string, unknown> }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, tie("map"), fc.array(tie("value"), { maxLength: 4 })),
    map: fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
  })).map;
  fc.assert(fc.property(document, (map) => isRewritable(BSON.serialize(map))));
});
