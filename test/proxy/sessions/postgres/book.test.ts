import { expect, test } from "bun:test";
import { createBook } from "../../../../src/proxy/sessions/postgres/book.ts";

test("what was prepared harmlessly is known, and what nobody prepared is not", () => {
  const book = createBook<string>();
  book.prepare("a", null, 1);
  expect(book.statement("a", 1)).toEqual([]);
  expect(book.statement("b", 1)).toBe("unknown");
  expect(book.hasPortals()).toBe(false);
});

test("a name that is prepared anew means the new text once the server has answered, and both while that is open", () => {
  const book = createBook<string>();
  book.prepare("", "drop", 1);
  book.answered(1, false);
  book.prepare("", null, 2);
  // To a message behind it in its own cycle only the new text can matter: an error that skipped one skips the other.
  expect(book.statement("", 2)).toEqual([]);
  expect(book.statement("", 3)).toEqual(["drop"]);
  book.answered(2, false);
  expect(book.statement("", 3)).toEqual([]);
});

test("what an error in its cycle may have skipped leaves both meanings behind", () => {
  const book = createBook<string>();
  book.prepare("s", "drop", 1);
  book.answered(1, false);
  book.close("s", 2);
  book.prepare("s", null, 2);
  book.answered(2, true);
  expect(book.statement("s", 3)).toEqual(["drop"]);
  book.close("s", 3);
  book.answered(3, false);
  expect(book.statement("s", 4)).toEqual([]);
});

test("a portal means what it was bound to, until it is bound to something else", () => {
  const book = createBook<string>();
  book.bind("", ["drop"], 1);
  expect(book.hasPortals()).toBe(true);
  expect(book.portal("", 1)).toEqual(["drop"]);
  book.bind("", [], 2);
  expect(book.portal("", 2)).toEqual([]);
  expect(book.portal("", 3)).toEqual(["drop"]);
  book.answered(1, false);
  book.answered(2, false);
  expect(book.portal("", 3)).toEqual([]);
  expect(book.hasPortals()).toBe(false);
});

test("all are closed at once, and more names than are kept are unknown", () => {
  const book = createBook<string>();
  book.prepare("a", "drop", 1);
  book.close(null, 1);
  book.answered(1, false);
  expect(book.statement("a", 2)).toEqual([]);
  for (let index = 0; index < 20_000; index += 1) book.prepare(`s${index}`, null, 1);
  expect(book.statement("s0", 1)).toEqual([]);
  expect(book.statement("s19999", 1)).toBe("unknown");
});
