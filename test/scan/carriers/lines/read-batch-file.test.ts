import { expect, test } from "bun:test";
import fc from "fast-check";
import { readBatchFile } from "../../../../src/scan/carriers/lines/read-batch-file.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

const read = (source: string) => tellSites(source, readBatchFile(source, "x.bat", carrierPorts));

test.each([
  ["a command", "@echo off\r\ndropdb -U postgres shop\r\n", ["2 server dropdb shop"]],
  ["a variable", 'set DB=shop\r\npsql -c "DROP DATABASE %DB%"\r\n', ["2 database DROP DATABASE shop"]],
  [
    "a statement in a variable",
    'set "SQL=DROP ROLE a;"\r\nmysql -u root -e "%SQL%"\r\n',
    ["2 role DROP ROLE a"],
  ],
  [
    "variables in a variable, expanded late",
    'set "NAME=a"\nset "SQL=SELECT 1; DROP ROLE !NAME!;"\npsql -c "!sql!"\n',
    ["3 role DROP ROLE a"],
  ],
  [
    "a variable that is asked for",
    'set /p DB=Name: \npsql -c "DROP DATABASE %DB%"\n',
    ["2 database DROP DATABASE …"],
  ],
  ["a variable that nobody set", 'psql -c "DROP DATABASE %1"\n', ["1 database DROP DATABASE …"]],
  ["a line that goes on", 'psql ^\r\n  -c "DROP ROLE a"\r\n', ["2 role DROP ROLE a"]],
  ["what is only said", "echo dropdb shop\nrem dropdb shop\n:: dropdb shop\n@rem dropdb shop\n", []],
  ["a variable that nothing runs", 'set "HELP=dropdb shop"\necho %HELP%\n', []],
])("%s", (_name, source, expected) => {
  expect(read(source)).toEqual(expected);
});

test("any text is read, and what sets itself ends", () => {
  expect(read("set A=%B%%B%\nset B=%A%%A%\n".repeat(500))).toEqual([]);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("set ", "A", "=", "%A%", "!A!", "%1", "\n", '"', "dropdb x", "^\n", "(")),
      (parts) => {
        readBatchFile(parts.join(""), "x.bat", carrierPorts);
      },
    ),
  );
});
