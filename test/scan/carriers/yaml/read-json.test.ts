import { expect, test } from "bun:test";
import fc from "fast-check";
import { placeOf } from "../../../../src/scan/carriers/mapped-text.ts";
import { readDocuments } from "../../../../src/scan/carriers/yaml/read-documents.ts";
import type { YamlValue } from "../../../../src/scan/carriers/yaml/read-documents.ts";
import { readJson } from "../../../../src/scan/carriers/yaml/read-json.ts";

/** A value with the places of its texts. */
function placed(value: YamlValue | null | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (value.is === "scalar") {
    const { text, at } = value;
    return [
      text.text,
      value.value,
      at,
      Array.from({ length: text.text.length }, (_, index) => placeOf(text, index)),
    ];
  }
  return value.is === "list"
    ? value.items.map(placed)
    : value.entries.map((each) => [each.key, each.at, placed(each.value)]);
}

const words = fc.string({ unit: fc.constantFrom(...Array.from('ab "\\/\n\t:#-&*é{}[],1')) });
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    words,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc.dictionary(words, tie("value"), { maxKeys: 4 }),
}));

test("JSON is read as the parser of YAML reads it", () => {
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (json, indent) => {
      const source = JSON.stringify(json, null, indent);
      expect(placed(readJson(source))).toEqual(placed(readDocuments(source).documents[0]));
    }),
  );
});

test.each([
  ['{"a": [1, 2,], "b": "c",}', true],
  [' { "a" : "b" }\r\n', true],
  ["{\"a\": 'b'}", false],
  ['{"a": "b"', false],
  ['{"a": "b"} {}', false],
  ['{"a" "b"}', false],
  ['{"a": "b\n"}', false],
  ['{"a": "\\q"}', false],
  ["{a: 1}", false],
  ["1.2.3", false],
  ["", false],
  ["[".repeat(5000) + "]".repeat(5000), false],
])("%s", (source, isJson) => {
  expect(readJson(source) !== null).toBe(isJson);
});

test("any text is read or is no JSON, and none throws", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('{}[],:"\\1-eutrn \n')) }),
      (source) => void readJson(source),
    ),
  );
});
