import { expect, test } from "bun:test";
import {
  dropFirstBreak,
  dropLastBreak,
  lastIndent,
  leastIndent,
  stripIndent,
} from "../../../../src/scan/syntax/literals/indentation.ts";
import { joinPieces, type Piece } from "../../../../src/scan/syntax/literals/pieces.ts";

const value: Piece = { value: { is: "name", name: "x", at: 90 } };
const text = (part: string, at = 0): Piece => ({ text: part, at });

test.each<[string, readonly Piece[], number]>([
  ["lines", [text("\n    a\n  b\n      c\n")], 2],
  ["blank lines do not count", [text("\n    a\n\n \n    b\n")], 4],
  ["nor does what follows the opening mark", [text(" a\n    b\n")], 4],
  ["a value is no blank", [text("\n      a\n    "), value, text("\n      b")], 4],
  ["nothing at all", [text("")], 0],
])("the least indentation: %s", (_, pieces, indent) => {
  expect(leastIndent(pieces)).toBe(indent);
});

test.each<[readonly Piece[], number]>([
  [[text("\n    a\n   ")], 3],
  [[text("\n a"), value, text("\n\t")], 1],
  [[text("\n a"), value], 0],
  [[text("  a")], 0],
])("the indentation of the closing mark: %p", (pieces, indent) => {
  expect(lastIndent(pieces)).toBe(indent);
});

test("blanks are taken from lines, not from what follows a value", () => {
  const pieces = [text("\n    a "), value, text("   b\n      c\n    ")];
  expect(dropLastBreak(dropFirstBreak(stripIndent(pieces, 4)))).toEqual([
    text("a ", 1),
    value,
    text("   b\n  c"),
  ]);
});

test("a literal is one text, or a join of what is not empty", () => {
  expect(joinPieces([text("", 1), text("a", 2)], 0)).toEqual({ is: "text", text: "a", at: 0 });
  expect(joinPieces([text("", 1)], 7)).toEqual({ is: "text", text: "", at: 7 });
  expect(joinPieces([text("", 1), value, text("b", 5)], 0)).toEqual({
    is: "join",
    parts: [
      { is: "name", name: "x", at: 90 },
      { is: "text", text: "b", at: 5 },
    ],
    at: 0,
  });
});
