import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes, exitCodes } from "../src/errors.ts";
import { reportFormats } from "../src/run/shell.ts";

const output = readFileSync(join(import.meta.dirname, "../docs/output.md"), "utf8");

test("the contract names every exit code, every error code under its exit code, and every format", () => {
  for (const code of Object.values(exitCodes)) expect(output).toContain(`\n| ${code} | `);
  for (const [error, code] of Object.entries(errorCodes)) {
    expect(output).toMatch(new RegExp(`^\\| ${code} \\|.* \`${error}\``, "m"));
  }
  for (const format of reportFormats) expect(output).toContain(`\n### ${format}\n`);
});
