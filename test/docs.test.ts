import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes, exitCodes } from "../src/errors.ts";
import { reportFormats } from "../src/run/shell.ts";

const output = readFileSync(join(import.meta.dirname, "../docs/output.md"), "utf8");

test("the contract names every exit code, every error code under its exit code, and every format", () => {
  const wanted = [
    ...Object.values(exitCodes).map((code) => new RegExp(`^\\| ${code} \\| `, "m")),
    ...Object.entries(errorCodes).map(([error, code]) => new RegExp(`^\\| ${code} \\|.* \`${error}\``, "m")),
    ...reportFormats.map((format) => new RegExp(`^### ${format}$`, "m")),
  ];
  expect(wanted.filter((each) => !each.test(output))).toEqual([]);
});
