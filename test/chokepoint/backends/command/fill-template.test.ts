import { expect, test } from "bun:test";
import fc from "fast-check";
import { fillTemplate, placeholdersOf } from "../../../../src/chokepoint/backends/command/fill-template.ts";

const values = { name: "ded_acme", token: "acme", drop_id: "d1", folder: "/var/tomb" };

test("placeholders are replaced within single arguments, and nothing else is", () => {
  expect(
    fillTemplate(["teardown", "--name={name}", "{token}", "{folder}/x", "{other}", "{}", "$HOME"], values),
  ).toEqual(["teardown", "--name=ded_acme", "acme", "/var/tomb/x", "{other}", "{}", "$HOME"]);
  expect([...placeholdersOf(["a", "{name}{drop_id}", "{x}"])].sort()).toEqual(["drop_id", "name"]);
});

test.each([
  ["an option of its own", ["x", "{name}"], { name: "--all" }],
  ["an option made of two", ["x", "{token}{name}"], { token: "-", name: "rf" }],
  ["a value that is not known", ["x", "{token}"], {}],
  ["an empty value", ["x", "{token}"], { token: "" }],
  ["a NUL byte", ["x", "a{name}"], { name: "a\0b" }],
])("%s is refused", (_, argv, given) => {
  expect(() => fillTemplate(argv, given)).toThrow(expect.objectContaining({ code: "bad-input" }));
});

test("a value is never more or less than its argument", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((each) => !each.includes("\0")),
      (name) => {
        expect(fillTemplate(["x", "--name={name}", "y"], { name })).toEqual(["x", `--name=${name}`, "y"]);
      },
    ),
  );
});
