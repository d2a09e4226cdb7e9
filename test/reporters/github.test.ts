import { expect, test } from "bun:test";
import fc from "fast-check";
import { createGithub } from "../../src/reporters/github.ts";
import { recordExample } from "../support/run-example.ts";

/** As the runner reads a line: https://github.com/actions/runner, ActionCommand.TryParseV2. */
function readCommand(line: string): { name: string; properties: Record<string, string>; data: string } {
  const match = /^::(\w+) ([^:]*)::(.*)$/.exec(line);
  if (match === null) throw new Error(`no command: ${line}`);
  const unescape = (text: string): string =>
    text
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");
  const properties = Object.fromEntries(
    match[2]!.split(",").map((each) => {
      const cut = each.indexOf("=");
      return [each.slice(0, cut), unescape(each.slice(cut + 1))];
    }),
  );
  return { name: match[1]!, properties, data: unescape(match[3]!) };
}

test("no text of a check can start a command of its own", async () => {
  const { report } = await recordExample("bad");
  const text = fc.string({ unit: fc.constantFrom("%", "\n", "\r", ":", ",", "=", "::error::", "a", "%0A") });
  fc.assert(
    fc.property(text, text, text, (name, expected, path) => {
      const checks = [
        {
          group: "g",
          name,
          outcome: "failed",
          expected,
          actual: "x",
          place: { path, line: 3, column: 1 },
        } as const,
      ];
      const lines = createGithub()
        .ended({ ...report, checks, error: null })
        .trimEnd()
        .split("\n");
      expect(lines).toHaveLength(2);
      const { name: command, properties, data } = readCommand(lines[0]!);
      expect(command).toBe("error");
      expect(properties).toEqual({ file: path, line: "3", col: "1", title: `g: ${name}` });
      expect(data).toBe(`expected ${expected}, found x`);
    }),
  );
});
