import { describe, expect, test } from "bun:test";
import { runCommands } from "../support/run-commands.ts";

describe("a command line that is wrong: two lines on stderr, exit code 2, nothing on stdout", () => {
  test.each([
    ["exampel", "unknown command: exampel", "did you mean custody example?"],
    ["group", "", ""],
    ["group two", "unknown command: group two", "did you mean custody group one?"],
    ["nothing-like-it", "unknown command: nothing-like-it", "custody --help lists the commands"],
    ["example --rowz 3", "unknown flag: --rowz", "did you mean --rows?"],
    ["example -x", "unknown flag: -x", "custody example --help lists the flags"],
    ["example --rows x", "--rows is no number: x", "custody example --help lists the flags"],
    [
      "example --rows --durable",
      "--rows needs a value",
      "write --rows=VALUE when the value starts with a dash; custody example --help lists the flags",
    ],
    ["example --rows 1 --rows 2", "--rows is given 2 times", "custody example --help lists the flags"],
    ["example --durable=maybe", "--durable takes no value: maybe", "custody example --help lists the flags"],
    [
      "example --ending badd",
      "--ending cannot be badd",
      "it is one of good, bad, not-run, refused, bug, waits; did you mean bad?",
    ],
    ["example one two", "unexpected argument: two", "custody example --help lists the flags"],
    [
      "example --output yaml",
      "--output cannot be yaml",
      "it is one of human, json, jsonl, junit, github, sarif; custody example --help lists the flags",
    ],
    [
      "example --report json",
      "--report json is not FORMAT=FILE",
      "FORMAT is one of human, json, jsonl, junit, github, sarif, prometheus: --report json=report.json",
    ],
    [
      "example --report json=a --report junit=./a",
      "two reports want the file ./a",
      "give each --report a file of its own",
    ],
    ["group one", "--name is missing", "custody group one --help lists the flags"],
    [
      "example --output sarif",
      "custody example does not speak sarif",
      "it speaks human, json, jsonl, junit, github, prometheus",
    ],
    ["group one --name x --output junit", "custody group one does not speak junit", "it speaks human, json"],
    [
      "example postgres://u:secret@h/db --durable x",
      "unexpected argument: x",
      "custody example --help lists the flags",
    ],
    [
      "example a postgres://u:secret@h/db",
      "unexpected argument: postgres://u:***@h/db",
      "custody example --help lists the flags",
    ],
  ])("%s", async (line, message, hint) => {
    const told = await runCommands(line.split(" "));
    expect(told.code).toBe(2);
    if (message === "") return;
    expect(told).toMatchObject({
      stdout: "",
      stderr: `custody: error: ${message}\ncustody: hint: ${hint}\n`,
    });
  });
});

test("flags may stand before the command, as --flag=value, and after a double dash nothing is a flag", async () => {
  expect(await runCommands(["--output", "json", "example"])).toMatchObject({ code: 0, stderr: "" });
  expect(await runCommands(["--quiet", "example", "--ending=bad"])).toMatchObject({ code: 1 });
  expect(await runCommands(["sample", "--", "--durable"])).toMatchObject({ code: 0 });
});

test("without a command: help, exit code 2; asked for: help, exit code 0", async () => {
  const without = await runCommands([]);
  const asked = await runCommands(["--help"]);
  expect(without.code).toBe(2);
  expect(asked).toMatchObject({ code: 0, stderr: "", stdout: without.stdout });
  expect(asked.stdout).toContain("custody example");
  expect((await runCommands(["example", "--help"])).stdout).toContain("--tag");
  expect(await runCommands(["group", "one", "--help"])).toMatchObject({ code: 0, stderr: "" });
  expect(await runCommands(["group"])).toMatchObject({ code: 2, stderr: "" });
  expect((await runCommands(["--version"])).stdout).toMatch(/^custody \d+\.\d+\.\d+ \(commit .+, .+\)\n$/);
});

test.each([
  ["good", 0],
  ["bad", 1],
  ["not-run", 3],
  ["refused", 3],
  ["waits", 130],
] as const)("a run that ends %s exits with %d, and gives back what it held", async (ending, code) => {
  for (const output of ["human", "json", "jsonl", "junit", "github"]) {
    expect(await runCommands(["example", "--ending", ending, "--output", output])).toMatchObject({
      code,
      released: 1,
    });
  }
});

test("a bug prints its stack, exits with 70, and still makes a document", async () => {
  const told = await runCommands(["example", "--ending", "bug", "--output", "json"]);
  expect(told.code).toBe(70);
  expect(told.stderr).toContain("TypeError: undefined is not a thing\n    at ");
  expect(told.stderr).toContain("custody: hint: this is a bug in custody");
  expect(JSON.parse(told.stdout)).toMatchObject({ verdict: "not-run", error: { code: "bug" } });
});

test.each([[["--output", "json"]], [["--output=json"]], [["--output", "jsonl"]]])(
  "%p: an error is a document too, on stdout",
  async (flags) => {
    const told = await runCommands(["example", ...flags, "--rows", "x"]);
    expect(told.code).toBe(2);
    expect(JSON.parse(told.stdout)).toEqual({
      v: 1,
      command: "example",
      verdict: "not-run",
      error: {
        code: "bad-usage",
        message: "--rows is no number: x",
        hint: "custody example --help lists the flags",
      },
    });
  },
);

test("the last line of jsonl is the document, and alone has a verdict", async () => {
  const { stdout } = await runCommands(["example", "--output", "jsonl"]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => "verdict" in line)).toEqual([...lines.slice(1).map(() => false), true]);
  expect(lines.slice(0, -1).map((line) => line["seq"])).toEqual(lines.slice(1).map((_, index) => index + 1));
});
