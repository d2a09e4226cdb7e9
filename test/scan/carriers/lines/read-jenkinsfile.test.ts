import { expect, test } from "bun:test";
import { readJenkinsfile } from "../../../../src/scan/carriers/lines/read-jenkinsfile.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

test.each([
  ["a step", `steps { sh 'dropdb shop' }\n`, ["1 server dropdb shop"]],
  [
    "a step over lines",
    'sh """\n  psql -c "DROP ROLE ${ROLE}"\n"""\nsh(script: "dropuser a", returnStatus: true)\n',
    ["2 role DROP ROLE …", "4 server dropuser a"],
  ],
  ["what is printed", `echo 'dropdb shop'\nprintln "DROP DATABASE shop"\n// sh 'dropdb a'\n`, []],
  ["Groovy's Sql", 'sql.execute("DROP DATABASE ${name}")\n', ["1 database DROP DATABASE …"]],
  [
    "Groovy's Sql without brackets, over lines",
    "sql.executeUpdate '''\n  DROP SCHEMA shop CASCADE\n'''\nlog.info('DROP ROLE a')\n",
    ["2 schema DROP SCHEMA shop"],
  ],
  ["another execute", `['ls', '-l'].execute()\n"ls".execute()\ntask.execute("drop the ball")\n`, []],
] as const)("%s", (_, source, told) => {
  expect(tellSites(source, readJenkinsfile(source, "Jenkinsfile", carrierPorts))).toEqual([...told]);
});
