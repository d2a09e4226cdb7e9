import { expect, test } from "bun:test";
import { createBook } from "../../../../src/proxy/sessions/postgres/book.ts";
import { nothingUnsettled } from "../../../../src/proxy/sessions/postgres/unsettled.ts";
import { keptName } from "../../../../src/wire/postgres/text.ts";

test("what was prepared harmlessly is known, and what nobody prepared is not", () => {
  const unsettled = nothingUnsettled();
  const book = createBook<string>(unsettled);
  book.prepare("a", null, 1);
  expect(book.statement("a", 1)).toEqual([]);
  expect(book.statement("b", 1)).toBe("unknown");
  expect(unsettled).toEqual(nothingUnsettled());
});

test("a name that is prepared anew means the new text once the server has answered, and both while that is open", () => {
  const book = createBook<string>(nothingUnsettled());
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
  const book = createBook<string>(nothingUnsettled());
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
  const unsettled = nothingUnsettled();
  const book = createBook<string>(unsettled);
  book.bind("", ["drop"], 1);
  expect(unsettled).toMatchObject({ names: 1, portals: 1 });
  expect(book.portal("", 1)).toEqual(["drop"]);
  book.bind("", [], 2);
  expect(book.portal("", 2)).toEqual([]);
  expect(book.portal("", 3)).toEqual(["drop"]);
  book.answered(1, false);
  book.answered(2, false);
  expect(book.portal("", 3)).toEqual([]);
  expect(unsettled).toMatchObject({ names: 0, portals: 0 });
});

test("once a portal was not remembered, every Execute is read, though all that are remembered are closed", () => {
  const unsettled = nothingUnsettled();
  const book = createBook<string>(unsettled);
  for (let index = 0; index < 16_385; index += 1) book.bind(`p${index}`, ["drop"], 1);
  for (let index = 0; index < 16_384; index += 1) book.closePortal(`p${index}`, 1);
  book.answered(1, false);
  expect(book.portal("p16384", 2)).toBe("unknown");
  expect(unsettled.portals).toBeGreaterThan(0);
});

test("all are closed at once, and more names than are kept are unknown", () => {
  const book = createBook<string>(nothingUnsettled());
  book.prepare("a", "drop", 1);
  book.close(null, 1);
  book.answered(1, false);
  expect(book.statement("a", 2)).toEqual([]);
  for (let index = 0; index < 20_000; index += 1) book.prepare(`s${index}`, null, 1);
  expect(book.statement("s0", 1)).toEqual([]);
  expect(book.statement("s19999", 1)).toBe("unknown");
});

test("of a name that may mean more than is kept, nothing is known, until it is prepared anew", () => {
  const book = createBook<string>(nothingUnsettled());
  book.prepare("s", "drop", 0);
  book.answered(0, false);
  for (let cycle = 1; cycle <= 20; cycle += 1) {
    book.prepare("s", `other ${cycle}`, cycle);
    book.answered(cycle, true);
  }
  expect(book.statement("s", 21)).toBe("unknown");
  book.prepare("s", null, 21);
  expect(book.statement("s", 22)).toBe("unknown");
  book.answered(21, false);
  expect(book.statement("s", 22)).toEqual([]);
});

test("the same attempt over and over is one meaning, and a pipeline without an end is held in little", () => {
  const book = createBook<string>(nothingUnsettled());
  book.prepare("s", "drop", 0);
  for (let cycle = 1; cycle <= 100; cycle += 1) {
    book.prepare("s", "drop", cycle);
    book.answered(cycle, true);
  }
  expect(book.statement("s", 101)).toEqual(["drop"]);
  for (let cycle = 101; cycle <= 1000; cycle += 1) book.prepare("s", null, cycle);
  expect(book.statement("s", 1001)).toBe("unknown");
  book.answered(1000, false);
  expect(book.statement("s", 1001)).toEqual([]);
});

test("names beyond ASCII are one: what one of them means replaces nothing", () => {
  const book = createBook<string>(nothingUnsettled());
  const [one, other] = [keptName("\u00e9"), keptName("\u00fc")];
  book.prepare(one, "drop", 1);
  book.prepare(other, null, 2);
  book.close(other, 3);
  for (const cycle of [1, 2, 3]) book.answered(cycle, false);
  expect(book.statement(one, 4)).toEqual(["drop"]);
});

test("names are kept by their first 63 bytes", () => {
  const long = "a".repeat(63);
  expect(keptName(`${long}b`)).toBe(keptName(`${long}\u00e9`));
  expect(keptName(`${long.slice(1)}\u00e9`)).toBe(keptName("\u00e9"));
  // SHIFT_JIS_2004 has these two twice.
  expect(keptName("a\\")).toBe(keptName("~"));
});

test("more names that destroy than are remembered: what is not is unknown, and nothing new is taken for harmless", () => {
  const book = createBook<string>(nothingUnsettled());
  for (let index = 0; index < 16_385; index += 1) book.prepare(`s${index}`, "drop", 1);
  book.answered(1, false);
  expect(book.statement("s0", 2)).toEqual(["drop"]);
  book.prepare("s16384", null, 2);
  book.answered(2, true);
  expect(book.statement("s16384", 3)).toBe("unknown");
  for (let index = 0; index < 16_385; index += 1) book.bind(`p${index}`, ["drop"], 3);
  expect(book.portal("p16384", 3)).toBe("unknown");
});
