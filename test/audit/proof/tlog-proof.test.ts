import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatTlogProof, parseTlogProof } from "../../../src/audit/proof/tlog-proof.ts";
import { OpsError } from "../../../src/errors.ts";

const checkpoint = `example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog hI2DJwAA
`;
/** The form of the specification's own example. */
const example = `c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=

${checkpoint}`;

describe("a tlog-proof", () => {
  test("is read as the specification writes it, with extra data or none, with a path or none", () => {
    const proof = parseTlogProof(example);
    expect([proof.index, proof.path.length, proof.checkpoint]).toEqual([73894, 3, checkpoint]);
    expect(Buffer.from(proof.extra!).toString()).toBe("age-v1.2.1-darwin-arm64.tar.gz");
    expect(formatTlogProof(proof)).toBe(example);
    const bare = `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`;
    expect(parseTlogProof(bare)).toEqual({ extra: null, index: 0, path: [], checkpoint });
    expect(formatTlogProof(parseTlogProof(bare))).toBe(bare);
  });

  test("is read back as it was written", () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(
        fc.option(fc.uint8Array()),
        fc.maxSafeNat(),
        fc.array(hash, { maxLength: 53 }),
        fc.string(),
        (extra, index, path, below) => {
          const proof = { extra, index, path, checkpoint: below };
          expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof);
        },
      ),
    );
  });

  test("is refused in any other form", () => {
    for (const wrong of [
      "",
      checkpoint,
      example.replace("@v1", "@v2"),
      example.replace("extra ", "extra"),
      example.replace("extra YWdl", "extra YWdl="),
      example.replace("index 73894\n", ""),
      example.replace("index 73894", "index 073894"),
      example.replace("index 73894", "index -1"),
      example.replace("index 73894", "index 9007199254740992"),
      example.replace("index 73894", "Index 73894"),
      example.replace("gSKy", "gSK"),
      example.replace("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", "AAAA"),
      example.replace(
        "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=",
        "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlR=",
      ),
      example.replace("\n\n", "\n"),
      example.replace("\ngSKy", "\r\ngSKy"),
      `c2sp.org/tlog-proof@v1\nindex 0\n${"gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n".repeat(54)}\n${checkpoint}`,
    ]) {
      expect(wrong).not.toBe(example);
      expect(() => parseTlogProof(wrong)).toThrow(OpsError);
    }
  });
});
