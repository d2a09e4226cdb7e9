import { expect, test } from "bun:test";
import { findAllowances } from "../../../src/scan/carriers/find-allowances.ts";

const allow = "custody-allow: x y until 2027-01-31";

test.each([
  ["hash", `a # ${allow}\r\nb`, [`# ${allow}`]],
  ["hash", `a#${allow}`, []],
  ["hash", `data:\n  init.sql: |\n    -- ${allow}\n    DROP ROLE a;`, [`    -- ${allow}`]],
  ["hash", `psql -- "${allow}"`, []],
  ["sql", `DROP ROLE a; -- ${allow}\n/* ${allow}\n */`, [`-- ${allow}`, `/* ${allow}\n */`]],
  ["slashes", `a // ${allow}\n# ${allow}\n/* ${allow} */`, [`// ${allow}`, `# ${allow}`, `/* ${allow} */`]],
  ["batch", `REM ${allow}\n:: ${allow}`, [`REM ${allow}`, `:: ${allow}`]],
  ["markup", `<!-- ${allow}\n-->`, [`<!-- ${allow}\n-->`]],
  ["none", `# ${allow}`, []],
] as const)("%s: %j", (marks, source, found) => {
  expect(findAllowances(source, marks).map(({ text }) => text)).toEqual([...found]);
});
