import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { cosignerVkey } from "../../../src/audit/note/cosignature.ts";
import { parsePolicy } from "../../../src/audit/note/tlog-policy.ts";
import { formatSigningKey } from "../../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../../src/audit/note/vkey.ts";
import type { VerifierKey } from "../../../src/audit/note/vkey.ts";
import { OpsError } from "../../../src/errors.ts";
import { codeOf, testKey } from "../../support/notes.ts";

const log = testKey("example.com/log", 9).vkey;
const names = ["X1", "X2", "X3", "Y1", "Y2", "Y3"] as const;
type Name = (typeof names)[number];
const vkeyOf = (name: string): string =>
  cosignerVkey(testKey(`${name}.example`, 1 + names.findIndex((each) => each === name)));
const keysOf = (...given: readonly Name[]): VerifierKey[] =>
  given.map((name) => parseVerifierKey(vkeyOf(name)));

/** The specification's example. */
const example = `log ${log}

witness X1 ${vkeyOf("X1")}
witness X2 ${vkeyOf("X2")}
witness X3 ${vkeyOf("X3")}
group X-witnesses 2 X1 X2 X3

witness Y1 ${vkeyOf("Y1")}
witness Y2 ${vkeyOf("Y2")}
witness Y3 ${vkeyOf("Y3")}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe("the specification's example", () => {
  const policy = parsePolicy(example);

  test("has one log and six witnesses", () => {
    expect(policy.logs.map((key) => key.vkey)).toEqual([log]);
    expect(policy.witnesses).toEqual(
      names.map((name) =>
        expect.objectContaining({ name, key: expect.objectContaining({ vkey: vkeyOf(name) }) }),
      ),
    );
  });

  test.each([
    [["X1", "X2", "Y3"], true],
    [["X1", "X2", "X3", "Y1", "Y2", "Y3"], true],
    [["X1", "X2", "X3"], false],
    [["X1", "Y1", "Y2", "Y3"], false],
    [["Y1"], false],
    [[], false],
  ] as const)("%j meets the quorum: %p", (cosigners, isMet) => {
    expect(policy.isMet(keysOf(...cosigners))).toBe(isMet);
  });

  test("keys that are no witness's count for nothing, nor does one that is counted twice", () => {
    expect(policy.isMet([...keysOf("X1", "X1", "Y1"), parseVerifierKey(log)])).toBe(false);
    // A witness's key as a log's: another type, another key.
    expect(policy.isMet([parseVerifierKey(testKey("X1.example", 1).vkey), ...keysOf("X2", "Y1")])).toBe(
      false,
    );
  });

  test("says what is there and what is missing", () => {
    expect(policy.describe(keysOf("X1", "Y2"))).toBe(
      "X-and-Y: 1 of 2 needed (X-witnesses: 1 of 2 needed (X1 cosigned, X2 missing, X3 missing), Y-witnesses: 1 of 1 needed (Y1 missing, Y2 cosigned, Y3 missing))",
    );
  });
});

test("a private key that was given for a policy is not shown", () => {
  const secret = formatSigningKey("example.com/log", new Uint8Array(32).fill(7));
  for (const file of [`${secret}\n`, `quorum ${secret}\n`, `log ${secret}\n`]) {
    expect(() => parsePolicy(file)).toThrow("PRIVATE+KEY+…");
    expect(() => parsePolicy(file)).not.toThrow(secret.slice(-20));
  }
});

const w = (name: string) => `witness ${name} ${vkeyOf(name)}`;

test("the example of docs/witness.md", () => {
  const docs = readFileSync(join(import.meta.dirname, "../../../docs/witness.md"), "utf8");
  const policy = parsePolicy(/```\n(log [^`]*)```/.exec(docs)?.[1] ?? "");
  expect(policy.describe([])).toBe(
    "enough: 0 of 2 needed (ours missing, outside: 0 of 1 needed (bank missing, other missing))",
  );
});

describe("what the specification allows", () => {
  test("no witness is needed: quorum none", () => {
    const policy = parsePolicy("quorum none\n");
    expect([policy.logs, policy.witnesses, policy.isMet([]), policy.describe([])]).toEqual([
      [],
      [],
      true,
      "none",
    ]);
  });

  test("one witness is the quorum", () => {
    const policy = parsePolicy(`${w("X1")}\nquorum X1\n`);
    expect([policy.isMet(keysOf("X1")), policy.isMet(keysOf("X2"))]).toEqual([true, false]);
    expect(policy.describe([])).toBe("X1 missing");
  });

  test("a threshold of one, and of all", () => {
    const group = (k: string) => parsePolicy(`${w("X1")}\n${w("X2")}\ngroup g ${k} X1 X2\nquorum g\n`);
    for (const [k, one, two] of [
      ["any", true, true],
      ["1", true, true],
      ["2", false, true],
      ["all", false, true],
    ] as const)
      expect([group(k).isMet(keysOf("X1")), group(k).isMet(keysOf("X1", "X2"))]).toEqual([one, two]);
  });

  test("tabs, spaces, comments, empty lines, URLs, logs and witnesses after the quorum", () => {
    const policy = parsePolicy(
      ` \t# a comment, ünïcode\n\n\t ${w("X1").replaceAll(" ", " \t ")} https://x1.example/ \t\nquorum\tX1\n  \n${w("X2")}\nlog ${log} https://log.example/\n#\n`,
    );
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ["X1", "https://x1.example/"],
      ["X2", undefined],
    ]);
    expect(policy.logs).toHaveLength(1);
  });

  test("names are octets: K is not the Kelvin sign, nor are two that are no UTF-8 the same", () => {
    const kelvin = Buffer.from(
      `${w("X1").replace("X1", "K")}\n${w("X2").replace("X2", "\u212a")}\nquorum \u212a\n`,
    );
    expect(parsePolicy(kelvin).isMet(keysOf("X2"))).toBe(true);
    expect(parsePolicy(kelvin).isMet(keysOf("X1"))).toBe(false);
    const octets = (text: string) => Buffer.from(text, "latin1");
    const invalid = octets(
      `${w("X1").replace("X1", "\u00fe")}\n${w("X2").replace("X2", "\u00ff")}\nquorum \u00ff\n`,
    );
    expect(parsePolicy(invalid).isMet(keysOf("X2"))).toBe(true);
    expect(parsePolicy(invalid).isMet(keysOf("X1"))).toBe(false);
  });

  test("a witness may be called by the name of its key, none of which JavaScript knows", () => {
    const odd = parsePolicy(
      `${w("X1").replace("X1", "__proto__")}\n${w("X2").replace("X2", "constructor")}\ngroup all all __proto__ constructor\nquorum all\n`,
    );
    expect([odd.isMet(keysOf("X1")), odd.isMet(keysOf("X1", "X2"))]).toEqual([false, true]);
  });

  test("at least 32 logs, 32 witnesses and 32 groups", () => {
    const many = Array.from({ length: 64 }, (_, index) => testKey(`k${index}.example`, index + 1));
    const text = [
      ...many.slice(0, 32).map((key) => `log ${key.vkey}`),
      ...many.slice(32).map((key, index) => `witness w${index} ${cosignerVkey(key)}`),
      ...many.slice(32).map((_, index) => `group g${index} all w${index}`),
      `group everyone all ${many
        .slice(32)
        .map((_, index) => `g${index}`)
        .join(" ")}`,
      "quorum everyone\n",
    ].join("\n");
    const policy = parsePolicy(text);
    const cosigners = many.slice(32).map((key) => parseVerifierKey(cosignerVkey(key)));
    expect([policy.logs.length, policy.isMet(cosigners), policy.isMet(cosigners.slice(1))]).toEqual([
      32,
      true,
      false,
    ]);
  });
});

describe("what it forbids is refused with the line", () => {
  test.each([
    ["an unknown word", `${w("X1")}\nfoo X1\nquorum X1\n`, 2],
    ["a word in upper case", `${w("X1")}\nQUORUM X1\n`, 2],
    ["no quorum", `${w("X1")}\n`, 1],
    ["nothing", "", 1],
    ["two quorums", `${w("X1")}\nquorum X1\nquorum X1\n`, 3],
    ["a quorum that is defined later", `quorum X1\n${w("X1")}\n`, 1],
    ["a quorum that is not defined", "quorum X1\n", 1],
    ["a quorum of two", `${w("X1")}\n${w("X2")}\nquorum X1 X2\n`, 3],
    ["a quorum of nothing", "quorum\n", 1],
    ["a member that is defined later", `group g any X1\n${w("X1")}\nquorum g\n`, 1],
    ["a group of itself", `${w("X1")}\ngroup g any g X1\nquorum g\n`, 2],
    ["none as a member", `${w("X1")}\ngroup g any X1 none\nquorum g\n`, 2],
    ["none as a name", `${w("X1").replace("X1", "none")}\nquorum none\n`, 1],
    ["a group named none", `${w("X1")}\ngroup none any X1\nquorum none\n`, 2],
    ["a group without members", "group g all\nquorum g\n", 1],
    ["a member twice in a group", `${w("X1")}\ngroup g 2 X1 X1\nquorum g\n`, 2],
    ["a member of two groups", `${w("X1")}\n${w("X2")}\ngroup g any X1 X2\ngroup h any X2\nquorum g\n`, 4],
    ["a threshold of 0", `${w("X1")}\ngroup g 0 X1\nquorum g\n`, 2],
    ["a threshold above the members", `${w("X1")}\ngroup g 2 X1\nquorum g\n`, 2],
    ["a threshold with a leading zero", `${w("X1")}\ngroup g 01 X1\nquorum g\n`, 2],
    ["a threshold that is none", `${w("X1")}\ngroup g most X1\nquorum g\n`, 2],
    ["a negative threshold", `${w("X1")}\ngroup g -1 X1\nquorum g\n`, 2],
    ["one name twice", `${w("X1")}\n${w("X2").replace("X2", "X1")}\nquorum X1\n`, 2],
    ["a group with a witness's name", `${w("X1")}\ngroup X1 any X1\nquorum X1\n`, 2],
    ["one witness twice", `${w("X1")}\n${w("X1").replace("X1", "X9")}\nquorum X1\n`, 2],
    [
      "one witness under two key names",
      `${w("X1")}\nwitness X9 ${cosignerVkey(testKey("other.example", 1))}\nquorum X1\n`,
      2,
    ],
    ["one log twice", `log ${log}\nlog ${log}\nquorum none\n`, 2],
    ["one log under two key names", `log ${log}\nlog ${testKey("other.example", 9).vkey}\nquorum none\n`, 2],
    ["a log without a key", "log\nquorum none\n", 1],
    ["a witness without a key", "witness X1\nquorum none\n", 1],
    ["too many words", `log ${log} https://a https://b\nquorum none\n`, 1],
    ["a comment behind", `log ${log} https://a # a comment\nquorum none\n`, 1],
    ["a key that is none", "log abc\nquorum none\n", 1],
    ["a log's key for a witness", `witness X1 ${testKey("X1.example").vkey}\nquorum X1\n`, 1],
    ["a carriage return", "quorum none\r\n", 1],
    ["a form feed", "\fquorum none\n", 1],
    ["DEL", "# \u007f\nquorum none\n", 1],
    ["no newline at the end", `${w("X1")}\nquorum X1`, 2],
  ])("%s", (_what, text, line) => {
    let error: unknown;
    try {
      parsePolicy(text, "a.policy");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(OpsError);
    expect(error).toMatchObject({
      code: "bad-config",
      message: expect.stringContaining(`a.policy, line ${line}: `),
    });
  });

  test("more than a thousand groups, however deep they are", () => {
    const nested = (groups: number) =>
      [
        w("X1"),
        "group g0 any X1",
        ...Array.from({ length: groups - 1 }, (_, index) => `group g${index + 1} any g${index}`),
        `quorum g${groups - 1}\n`,
      ].join("\n");
    expect(parsePolicy(nested(999)).isMet(keysOf("X1"))).toBe(true);
    expect(codeOf(() => parsePolicy(nested(1001)))).toBe("bad-config");
  });

  test("a name that is no UTF-8 in a vkey", () => {
    const bytes = Buffer.from(`log ${log.replace("example", "ex\u00ffmple")}\nquorum none\n`, "latin1");
    expect(codeOf(() => parsePolicy(bytes))).toBe("bad-config");
  });
});

test("a quorum is met only by more: whoever adds a cosigner never loses it", () => {
  const policy = parsePolicy(example);
  fc.assert(
    fc.property(fc.subarray([...names]), fc.constantFrom(...names), (cosigners, one) => {
      if (policy.isMet(keysOf(...cosigners))) expect(policy.isMet(keysOf(...cosigners, one))).toBe(true);
      const isMet =
        cosigners.filter((name) => name.startsWith("X")).length >= 2 &&
        cosigners.some((name) => name.startsWith("Y"));
      expect(policy.isMet(keysOf(...cosigners))).toBe(isMet);
    }),
  );
});

test("reading never throws anything but bad-config", () => {
  const words = fc.constantFrom(
    "log",
    "witness",
    "group",
    "quorum",
    "none",
    "any",
    "all",
    "2",
    "X1",
    "X2",
    "g",
    "#",
    vkeyOf("X1"),
    log,
    "\n",
    "\t",
    "toString",
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(words, fc.constant("\n"), fc.string({ unit: "binary" })), { maxLength: 30 }),
      (each) => {
        expect(["bad-config", "none"]).toContain(codeOf(() => parsePolicy(`${each.join(" ")}\n`)));
      },
    ),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) =>
      expect(["bad-config", "none"]).toContain(codeOf(() => parsePolicy(bytes))),
    ),
  );
});
