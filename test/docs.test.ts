import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes, exitCodes } from "../src/errors.ts";
import { scanSchema } from "../src/config/scan-schema.ts";
import { reportFormats } from "../src/run/shell.ts";
import { rules } from "../src/scan/rules/find-rule.ts";
import { custody, documentOf } from "./support/run-custody.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const output = read("docs/output.md");

test("the contract names every exit code, every error code under its exit code, and every format", () => {
  const wanted = [
    ...Object.values(exitCodes).map((code) => new RegExp(`^\\| ${code} \\| `, "m")),
    ...Object.entries(errorCodes).map(([error, code]) => new RegExp(`^\\| ${code} \\|.* \`${error}\``, "m")),
    ...reportFormats.map((format) => new RegExp(`^### ${format}$`, "m")),
  ];
  expect(wanted.filter((each) => !each.test(output))).toEqual([]);
});

/** Each command of the chain, and what it is given to end with a document of its own, before anything is reached or written. */
const nowhere = ["--db-url", "host=127.0.0.1 port=1 user=nobody dbname=nothing"];
const absent = "/dev/null/absent";
const commands: Readonly<Record<string, readonly string[]>> = {
  init: nowhere,
  append: [...nowhere, "--actor", "ann", "--action", "thing.made", "--resource", "thing/1"],
  keygen: ["--name", "example.com/audit", "--out", absent],
  checkpoint: [...nowhere, "--key", absent, "--out", absent],
  rebaseline: [...nowhere, "--key", absent, "--reason", "upgrade"],
  verify: nowhere,
  witness: ["--listen", "1", "--key", absent, "--state", absent, "--log", absent],
  // It waits for a server that is not there, but not for settings that are wrong.
  watch: ["--db-url", "service=nothing"],
  prove: ["e1", ...nowhere, "--checkpoint", absent],
  "check-proof": [absent, "--public-key", absent],
  bundle: [...nowhere, "--checkpoint", absent, "--out", absent],
  "check-bundle": [absent, "--public-key", absent],
  redact: ["e1", ...nowhere, "--reason", "request 1"],
  prune: [...nowhere, "--before", "2026-01-01", "--checkpoint", absent, "--dry-run", "--public-key", absent],
};
const common = new Set(["v", "command", "verdict", "error", "run"]);

describe("the commands of the chain", () => {
  test("are all in the list of this test", async () => {
    const { stdout } = await custody(["chain", "--help"]);
    const names = [...stdout.matchAll(/^ {2}custody chain ([a-z-]+)/gm)].map(([, name]) => name ?? "");
    expect(names.toSorted()).toEqual(Object.keys(commands).toSorted());
  });

  test.each(Object.entries(commands))(
    "chain %s: its verdicts and fields are those of the contract",
    async (name, flags) => {
      const row = output.match(new RegExp(`^\\| \`chain ${name}\` \\| (.*?) \\| (.*) \\|$`, "m"));
      const [, verdicts, fields] = row ?? [];
      const said = documentOf(await custody(["chain", name, ...flags, "--output", "json"]));
      expect(verdicts).toContain(`\`${String(said["verdict"])}\``);
      expect(said["run"]).toBeDefined();
      const isNamed = (field: string): boolean =>
        new RegExp(`\`${field}(\`|\\[\\]| \\{|\\[\\] \\{)`).test(fields ?? "");
      expect(Object.keys(said).filter((field) => !common.has(field) && !isNamed(field))).toEqual([]);
    },
  );

  test("have no flag that no page tells of", async () => {
    const pages = [
      "README.md",
      ...readdirSync(join(root, "docs"), { withFileTypes: true })
        .filter((each) => each.isFile())
        .map(({ name }) => `docs/${name}`),
    ]
      .map(read)
      .join("\n");
    const untold: string[] = [];
    for (const name of Object.keys(commands)) {
      const { stdout } = await custody(["chain", name, "--help"]);
      for (const [, flag] of stdout.matchAll(/^ {2}(--[a-z-]+)/gm))
        if (!new RegExp(`${flag}(?![a-z-])`).test(pages)) untold.push(`chain ${name} ${flag}`);
    }
    expect(untold).toEqual([]);
  });

  test("the facts of chain watch are named", () => {
    const row = output.split("\n").find((line) => line.startsWith("| `chain watch` |"));
    const facts = [...read("src/chain/watch/events.ts").matchAll(/type: "([a-z-]+)"/g)].map(
      ([, type]) => type,
    );
    expect(facts).toContain("restore-accepted");
    expect(facts.filter((fact) => row?.includes(`\`${fact}\``) !== true)).toEqual([]);
  });
});

describe("scan", () => {
  test("every field of its document is in the contract, and every rule, flag and setting is told of", async () => {
    const page = read("docs/scan.md");
    const section = output.slice(output.indexOf("## Document of scan"));
    const said = documentOf(await custody(["scan", "--output", "json"]));
    const isNamed = (field: string): boolean => new RegExp(`\`${field}(?:\\[\\])?\``).test(section);
    expect(Object.keys(said).filter((field) => !common.has(field) && !isNamed(field))).toEqual([]);
    const { stdout } = await custody(["scan", "--help"]);
    const flags = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag ?? "");
    expect(flags).toContain("--write-baseline");
    const own = flags.slice(0, flags.indexOf("--output"));
    const words = [...own, ...rules.map(({ id }) => id), ...Object.keys(scanSchema.shape)];
    expect(words.filter((word) => !new RegExp(`${word}(?![a-z-])`).test(page))).toEqual([]);
  });

  test("the example of the README is what the command prints", async () => {
    const tree = join(root, "test/fixtures/scan/readme");
    const { stdout, code } = await custody(["scan", "--no-cache"], "", tree);
    const readme = read("README.md");
    expect(code).toBe(1);
    const [, shown = ""] = /\$ custody scan\n([\s\S]*?)```/.exec(readme) ?? [];
    // The section's own policy is the one that it was made with.
    expect(readme).toContain(readFileSync(join(tree, "custody.yaml"), "utf8"));
    const timeless = (text: string): string => text.replaceAll(/\d+\.\d\d s/g, "<s>");
    expect(timeless(stdout)).toBe(timeless(shown));
  });
});

test("lockdown: its verdicts and fields are those of the contract", async () => {
  const at = output.indexOf("## Document of lockdown");
  const section = output.slice(at, output.indexOf("\n## ", at + 1));
  const said = documentOf(await custody(["lockdown", "--check", ...nowhere, "--output", "json"]));
  expect(section).toContain(`\`${String(said["verdict"])}\``);
  const fields = Object.keys(said).filter((field) => !common.has(field));
  expect(fields).toContain("servers");
  expect(fields.filter((field) => !section.includes(`| \`${field}[]\` |`))).toEqual([]);
});
