import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseDuration } from "../../src/config/duration.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const whole = readFileSync(join(import.meta.dirname, "../fixtures/config/whole.yaml"), "utf8");
const all = ["ledger", "state_dir", "http", "metrics", "targets", "listeners", "scan"] as const;
const env = {
  LEDGER_URL: "postgres://ledger",
  CUSTOMERS_ADMIN_URL: "postgres://admin:pw@db/postgres",
  PLATFORM_URL: "postgres://platform",
};

function parse(source: string, sections: readonly (typeof all)[number][] = all, folder = "/nowhere") {
  return parseConfig(source, { env, folder, sections });
}

/** `line:column path: message` of each problem. */
function problems(source: string, sections = all as readonly (typeof all)[number][]): readonly string[] {
  const parsed = parse(source, sections);
  if (!("problems" in parsed)) return [];
  return parsed.problems.map((each) => `${each.line}:${each.column} ${each.path}: ${each.message}`);
}

test("the whole example of the documentation is a configuration", () => {
  using folder = temporaryFolder();
  for (const name of ["tls.crt", "tls.key", "ca.crt"]) writeFileSync(join(folder.path, name), `${name}\n`);
  const parsed = parse(whole, all, folder.path);
  expect(parsed).toMatchObject({
    config: {
      ledger: { url: "postgres://ledger" },
      targets: [
        {
          url: "postgres://admin:pw@db/postgres",
          tombstone: { retention: 30 * 86_400_000 },
          breaker: { cooldown: 30_000, volume: { drops: 20, per: 3_600_000 } },
        },
      ],
      listeners: [{ tls: { cert: "tls.crt", key: "tls.key", client_ca: "ca.crt" } }],
    },
  });
});

test("an empty file is a configuration", () => {
  expect(parse("")).toEqual({ config: {} });
  expect(parse("# nothing\n")).toEqual({ config: {} });
});

test("off is a word (YAML 1.2)", () => {
  const source = "targets:\n  - { name: a, kind: redis, url: r, tombstone: { mode: off } }\n";
  expect(parse(source)).toMatchObject({ config: { targets: [{ tombstone: { mode: "off" } }] } });
});

test("all problems at once, each with its line and column, in their order", () => {
  const source = `state_dirr: /x
metrics: { prefix: 1bad }
targets:
  - name: a
    kind: mysql
    url: x
    tombstone: { retention: 30 days, modus: off }
  - name: a
    kind: redis
listeners:
  - { name: l, target: b, protocol: redis, listen: nowhere }
`;
  expect(problems(source)).toEqual([
    "1:1 state_dirr: unknown key",
    "2:20 metrics.prefix: cannot start a metric's name",
    '5:11 targets[0].kind: "mysql" is none of postgres, redis, mongo, nats, command',
    "7:29 targets[0].tombstone.retention: is no duration: write 30s, 10m, 6h or 30d",
    "7:38 targets[0].tombstone.modus: unknown key",
    "8:5 targets[1].url: a target of kind redis needs one",
    "8:11 targets[1].name: a is taken already",
    "11:24 listeners[0].target: no target is named b",
    "11:52 listeners[0].listen: is no address: write 127.0.0.1:7440, [::1]:7440, or the path of a socket",
  ]);
});

test("what is not there is missing, and the kind of a target is compared whatever else is wrong", () => {
  const source = `targets:
  - { name: a, kind: redis, url: x }
listeners:
  - { name: l, target: a, protocol: postgres, listen: '[::1]:6379', tls: { required: true }, gate: 1 }
  - { target: a, protocol: redis, listen: '[::1]:6379' }
`;
  expect(problems(source)).toEqual([
    "4:37 listeners[0].protocol: a is of kind redis",
    "4:74 listeners[0].tls.cert: is missing",
    "4:74 listeners[0].tls.key: is missing",
    "4:100 listeners[0].gate: Invalid input: expected object, received number",
    "5:5 listeners[1].name: is missing",
    "5:43 listeners[1].listen: [::1]:6379 is taken by another listener",
  ]);
});

test("names that are given twice, and a target that is not there", () => {
  const source = `targets:
  - { name: a, kind: redis, url: x }
  - { name: a, kind: redis, url: x }
listeners:
  - { name: l, target: b, protocol: redis, listen: '[::1]:6379' }
`;
  expect(problems(source)).toEqual([
    "3:13 targets[1].name: a is taken already",
    "5:24 listeners[0].target: no target is named b",
  ]);
});

describe("YAML that is none", () => {
  test.each([
    ["a: 1\na: 2\n", "2:1"],
    ["metrics: { prefix: x\n", "2:1"],
    ["- a\n", "1:1"],
    ["metrics:\n\tprefix: x\n", "2:1"],
    ["metrics: *nowhere\n", "1:10"],
  ])("%p", (source, place) => expect(problems(source)[0]).toStartWith(`${place} `));
});

describe("values from elsewhere", () => {
  test("a variable that is not set, and a file that is not there, are problems of the sections that are used", () => {
    const source = "state_dir: ${NOT_SET}/x\nledger: { url: 'file:not-there' }\n";
    expect(problems(source)).toEqual([
      "1:12 : ${NOT_SET} is not in the environment",
      expect.stringMatching(/^2:16 : cannot read \/nowhere\/not-there: /),
    ]);
    expect(problems(source, ["metrics"])).toEqual([]);
  });

  test("a value that could not be filled in is not judged otherwise", () => {
    expect(problems("http: { listen: '${NOT_SET}' }\n", ["metrics"])).toEqual([]);
    expect(problems("http: { listen: '${NOT_SET}' }\n", ["http"])).toEqual([
      "1:17 : ${NOT_SET} is not in the environment",
    ]);
  });

  test("keys are left alone, $${ stands for itself, and what a variable holds is not read again", () => {
    const filled = parseConfig("ledger: { url: 'a $${X} ${A}' }\n", {
      env: { A: "${B}" },
      folder: "/",
      sections: ["ledger"],
    });
    expect(filled).toEqual({ config: { ledger: { url: "a ${X} ${B}" } } });
    expect(problems("'${LEDGER_URL}': 1\n")).toEqual(["1:1 ${LEDGER_URL}: unknown key"]);
  });

  test("no secret stands in a problem", () => {
    const filled = parseConfig("metrics: { prefix: '${SECRET}' }\n", {
      env: { SECRET: "1-hunter2" },
      folder: "/",
      sections: ["metrics"],
    });
    expect(JSON.stringify(filled)).not.toContain("hunter2");
    expect(filled).toMatchObject({ problems: [{ line: 1, column: 20 }] });
  });
});

test("aliases of aliases do not fill the memory", () => {
  const level = (name: string, of: string): string =>
    `${name}: &${name} [${Array(10).fill(`*${of}`).join(", ")}]\n`;
  expect(
    problems(`a: &a [x]\n${level("b", "a")}${level("c", "b")}${level("d", "c")}${level("e", "d")}`),
  ).toEqual(["1:1 : aliases make it too large"]);
});

test("any text at all gives a configuration or problems, within its lines", () => {
  const word = fc.constantFrom(
    "targets",
    ":",
    " ",
    "\n",
    "- ",
    "{",
    "}",
    "&a",
    "*a",
    "'",
    "state_dir",
    "x",
    "${LEDGER_URL}",
    "[",
    "]",
    ",",
    "|",
    "\t",
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: word, maxLength: 30 }), fc.string()), (source) => {
      const parsed = parse(source);
      if ("config" in parsed) return;
      expect(parsed.problems.length).toBeGreaterThan(0);
      for (const { line, column } of parsed.problems) {
        expect(line).toBeWithin(1, source.split("\n").length + 1);
        expect(column).toBeGreaterThan(0);
      }
    }),
  );
});

test("durations", () => {
  expect(["250ms", "30s", "10m", "6h", "30d"].map(parseDuration)).toEqual([
    250, 30_000, 600_000, 21_600_000, 2_592_000_000,
  ]);
  for (const wrong of ["", "30", "s", "1.5h", "-1s", "30 s", "1w", "1hh", "toString"])
    expect(parseDuration(wrong)).toBeNull();
});

test("a plain 0 is a duration without a unit, any other number is none", () => {
  const source = (retention: number) =>
    `targets:\n  - { name: a, kind: redis, url: r, tombstone: { retention: ${retention} } }\n`;
  expect(parse(source(0))).toMatchObject({ config: { targets: [{ tombstone: { retention: 0 } }] } });
  expect(problems(source(30))[0]).toContain("targets[0].tombstone.retention: Invalid input");
});
