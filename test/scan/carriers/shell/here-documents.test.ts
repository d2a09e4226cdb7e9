import { expect, test } from "bun:test";
import { readShellFile } from "../../../../src/scan/carriers/shell/read-shell-file.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

test.each([
  ["a here-document", "psql <<SQL\nSELECT 1;\nDROP ROLE a;\nSQL\n", ["3 role DROP ROLE a"]],
  [
    "parameters in a here-document",
    'psql <<SQL\nDROP ROLE "$2";\nDROP DATABASE a_$1;\nDO \\$\\$ BEGIN END \\$\\$;\nSQL\n',
    ["2 role DROP ROLE …", "3 database DROP DATABASE a_…"],
  ],
  [
    "a parameter in a function's here-document",
    "drop() {\n  psql <<SQL\nDROP ROLE $1;\nSQL\n}\ndrop ann\n",
    ["3 role DROP ROLE ann in drop"],
  ],
  [
    "a quoted, indented here-document",
    "f() {\n\tpsql -v n=1 <<-'SQL'\n\t\tDROP ROLE a;\n\tSQL\n}\n",
    ["3 role DROP ROLE a in f"],
  ],
  ["a here-document into a pipe", "cat <<EOF | psql -d x\nDROP ROLE a;\nEOF\n", ["2 role DROP ROLE a"]],
  [
    "a here-document and more on its line",
    "psql <<EOF && dropdb x\nDROP ROLE a;\nEOF\n",
    ["1 server dropdb x", "2 role DROP ROLE a"],
  ],
  ["a here-string", 'mysql -u root <<< "DROP DATABASE a"\n', ["1 database DROP DATABASE a"]],
  [
    "a here-document for a shell elsewhere",
    "ssh db <<EOF\nsudo -u postgres dropdb a\nEOF\n",
    ["2 server dropdb a"],
  ],
  [
    "SQL in a variable from a here-document",
    'SQL=$(cat <<EOF\nDROP ROLE a;\nEOF\n)\npsql -c "$SQL"\n',
    ["5 role DROP ROLE a"],
  ],
])("%s", (_, source, told) => {
  expect(tellSites(source, readShellFile(source, "x.sh", carrierPorts))).toEqual(told);
});
