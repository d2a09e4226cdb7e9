import { expect, test } from "bun:test";
import { printError } from "../../src/commandline/print-error.ts";

test("what an error quotes of others steers no terminal", () => {
  const told: string[] = [];
  printError(
    {
      code: "untrusted-checkpoint",
      message: "signed by a\u009b2Jb\u001b[31m\u202ec\u2028d\n  e",
      hint: "f\u0007",
    },
    { stderr: { write: (text: string) => told.push(text) } as never, signal: new AbortController().signal },
  );
  expect(told.join("")).toBe(
    "custody: error: signed by a\\u{9b}2Jb\\u{1b}[31m\\u{202e}c\\u{2028}d; e\ncustody: hint: f\\u{7}\n",
  );
});
