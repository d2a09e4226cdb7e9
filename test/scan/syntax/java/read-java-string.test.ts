import { expect, test } from "bun:test";
import { readJavaString } from "../../../../src/scan/syntax/java/read-java-string.ts";

test.each([
  ['""', ""],
  ['"DROP"', "DROP"],
  [String.raw`"a\tb\n\"c\" \\ \101 \0 \u0041\uuu0042 \s|"`, 'a\tb\n"c" \\ A \0 AB  |'],
  ["'c'", "c"],
  [String.raw`'\''`, "'"],
  ['"""\n    DROP\n      x\n    """', "DROP\n  x\n"],
  ['"""\n    DROP  \n\n    x"""', "DROP\n\nx"],
  ['"""\n    DROP\n  """', "  DROP\n"],
  ['"""  \r\n    DROP \\\r\n    x\r\n    """', "DROP x\n"],
  [String.raw`"""` + '\n  a\\n\\"""b\n  """', 'a\n"""b\n'],
])("%p is %p", (literal, text) => {
  expect(readJavaString(literal)).toBe(text);
});
