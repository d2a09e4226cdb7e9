import { expect, test } from "bun:test";
import fc from "fast-check";
import { carrierOf } from "../../../src/scan/carriers/carrier-of.ts";
import { carrierPorts } from "../../support/carrier-ports.ts";
import { tellSites } from "../../support/tell-sites.ts";

const read = (path: string, source: string) => {
  const carrier = carrierOf(path, source.slice(0, 200));
  return carrier === null ? null : tellSites(source, carrier(source, path, carrierPorts));
};

test.each([
  // Shell and SQL.
  ["bin/reset", "#!/usr/bin/env bash\ndropdb a\n", ["2 server dropdb a"]],
  ["bin/reset", "#!/bin/sh -e\ndropdb a\n", ["2 server dropdb a"]],
  [
    "roles/db/templates/reset.sh.j2",
    "{% if drop %}\ndropdb {{ name }}\n{% endif %}\n",
    ["2 server dropdb …"],
  ],
  [".bashrc", "drop() { dropdb a; }\n", ["1 server dropdb a in drop"]],
  ["db/down.sql", "-- down\nDROP SCHEMA s CASCADE;\n", ["2 schema DROP SCHEMA s"]],
  ["db/x.sql.erb", "DROP DATABASE <%= name %>;\n", ["1 database DROP DATABASE …"]],
  [
    "ora.sql",
    "SET ECHO ON\nPROMPT DROP USER is next\nDROP USER shop CASCADE;\n/\n",
    ["3 role DROP USER shop"],
  ],
  ["x.cql", "DROP KEYSPACE IF EXISTS shop;\n", ["1 database DROP KEYSPACE shop"]],
  // Docker.
  [
    "Dockerfile",
    'FROM a\nRUN apt-get update && \\\n    # a comment\n    dropdb a\nCMD ["redis-cli", "FLUSHALL"]\n',
    ["4 server dropdb a", "5 flush FLUSHALL"],
  ],
  [
    "api.Dockerfile",
    "FROM a\nRUN <<EOF\nset -e\ndropdb a\nEOF\nRUN psql <<SQL\nDROP ROLE a;\nSQL\n",
    ["4 server dropdb a", "7 role DROP ROLE a"],
  ],
  [
    "Dockerfile.dev",
    'FROM a\nENTRYPOINT ["redis-cli"]\nCMD ["FLUSHALL"]\nHEALTHCHECK --interval=5s CMD dropdb a\n',
    ["3 flush FLUSHALL", "4 server dropdb a"],
  ],
  [
    "Containerfile",
    "FROM a\nCOPY <<EOF /docker-entrypoint-initdb.d/x.sql\nDROP ROLE a;\nEOF\n",
    ["3 role DROP ROLE a"],
  ],
  [
    "Dockerfile",
    "FROM a\nRUN rm -rf /var/lib/mysql && mkdir /var/lib/mysql\nENV X='dropdb a'\nLABEL y=\"dropdb a\"\n",
    [],
  ],
  // Make and its like.
  [
    "Makefile",
    'DB ?= shop\nPSQL := psql -U postgres\nreset: ## dropdb x\n\t@$(PSQL) -c "DROP DATABASE $(DB)"\n\t-dropdb $${DB}\n',
    ["4 database DROP DATABASE shop", "5 server dropdb …"],
  ],
  [
    "db.mk",
    "x:\n\tpsql \\\n\t  -c 'DROP ROLE a'\ny: ; dropdb a\n",
    ["3 role DROP ROLE a", "4 server dropdb a"],
  ],
  ["GNUmakefile", "define drop\ndropdb $(1)\nendef\nx:\n\t$(call drop,shop)\n", ["2 server dropdb shop"]],
  ["Makefile", ".ONESHELL:\nx:\n\tDB=shop\n\tdropdb $$DB\n", ["4 server dropdb shop"]],
  ["Makefile", "# dropdb a\nX = dropdb a\nhelp:\n\t@echo 'dropdb a'\ndropdb:\n\tcreatedb a\n", []],
  [
    "justfile",
    'db := "shop"\nreset force="":\n  @dropdb {{db}}\n\nall:\n    #!/usr/bin/env bash\n    x=a\n    dropdb $x\n',
    ["3 server dropdb shop", "8 server dropdb a"],
  ],
  // Lines.
  ["Procfile", "release: rails db:reset\nweb: puma\n", ["1 server rails db:reset"]],
  [
    "deploy/crontab",
    "# dropdb b\n0 3 * * * postgres dropdb a\n@daily redis-cli FLUSHALL\n",
    ["2 server dropdb a", "3 flush FLUSHALL"],
  ],
  [
    "x.service",
    "[Unit]\nDescription=dropdb b\n[Service]\nExecStart=-/usr/bin/dropdb a\n",
    ["4 server dropdb a"],
  ],
  [
    "x.bat",
    '@echo off\r\nrem dropdb b\r\necho dropdb b\r\npsql.exe -h %HOST% ^\r\n  -c "DROP DATABASE %DB%"\r\n',
    ["5 database DROP DATABASE …"],
  ],
  [
    "x.ps1",
    '<# dropdb b #>\n$db = "shop"\n& psql -U postgres `\n  -c "DROP DATABASE shop"\nInvoke-Sqlcmd -Query "DROP LOGIN [a]"\n',
    ["4 database DROP DATABASE shop", "5 role DROP LOGIN a"],
  ],
  [
    "Jenkinsfile",
    "// sh 'dropdb b'\nnode {\n  sh 'dropdb a'\n  sh \"\"\"\n    psql -c 'DROP ROLE ${name}'\n  \"\"\"\n  sh(script: \"redis-cli FLUSHALL\", returnStdout: true)\n  echo 'dropdb b'\n}\n",
    ["3 server dropdb a", "5 role DROP ROLE …", "7 flush FLUSHALL"],
  ],
  // Terraform and settings.
  [
    "main.tf",
    '# dropdb b\nresource "null_resource" "x" {\n  provisioner "local-exec" {\n    when    = destroy\n    command = "psql -c \\"DROP DATABASE ${var.name}\\""\n  }\n  provisioner "remote-exec" {\n    inline = [\n      "set -e",\n      "dropdb a",\n    ]\n  }\n}\noutput "x" { value = "dropdb b" }\n',
    ["5 database DROP DATABASE …", "10 server dropdb a"],
  ],
  [
    "vault.hcl",
    'revocation_statements = <<EOT\nDROP ROLE IF EXISTS "{{name}}";\nEOT\n',
    ["2 role DROP ROLE …"],
  ],
  [
    "application.properties",
    "# spring.flyway.clean-on-validation-error=true\nspring.jpa.hibernate.ddl-auto=create-drop\nquarkus.flyway.clean-at-start=true\nspring.jpa.show-sql=true\n",
    ["2 table hibernate.ddl-auto: create-drop", "3 schema flyway.clean-at-start: true"],
  ],
  [
    "fly.toml",
    '[deploy]\nrelease_command = "rails db:reset"\n[env]\nX = "dropdb b"\n',
    ["2 server rails db:reset"],
  ],
  [
    "pyproject.toml",
    '[tool.poe.tasks]\nreset = "python manage.py flush --no-input"\nfresh = { shell = "dropdb a" }\n',
    ["2 server manage.py flush", "3 server dropdb a"],
  ],
  [
    "mapper.xml",
    '<mapper>\n <!-- <update>DROP ROLE b</update> -->\n <update id="drop">\n  DROP DATABASE ${name}\n </update>\n</mapper>\n',
    ["4 database DROP DATABASE …"],
  ],
  [
    "persistence.xml",
    '<property name="hibernate.hbm2ddl.auto" value="create-drop"/>\n',
    ["1 table hbm2ddl.auto: create-drop"],
  ],
])("%s: %p", (path, source, expected) => {
  expect(read(path, source)).toEqual(expected);
});

test.each(["README.md", "notes.txt", "docs/reset.rst", "image.png", "main.go", "LICENSE", "x.html"])(
  "%s carries no commands",
  (path) => {
    expect(carrierOf(path, "dropdb a")).toBeNull();
  },
);

test("every carrier has a name of its own: a cache keeps by it what was read", () => {
  const names = paths.map((path) => carrierOf(path, "")?.name);
  expect(new Set(names).size).toBe(new Set(paths.map((path) => carrierOf(path, ""))).size);
  expect(names).not.toContain("");
});

const paths = [
  "Dockerfile",
  "Makefile",
  "justfile",
  "Procfile",
  "crontab",
  "x.service",
  "x.bat",
  "x.ps1",
  "Jenkinsfile",
  "x.tf",
  "x.properties",
  "x.toml",
  "x.xml",
  "x.sql",
  "x.json",
];
const piece = fc.constantFrom(
  "RUN ",
  "CMD [",
  '"dropdb", "a"]',
  "\n",
  "\t",
  "\\\n",
  "<<EOF\n",
  "EOF\n",
  "$(",
  ")",
  "${",
  "}",
  "{",
  "x = ",
  "define x\n",
  "endef\n",
  "x:\n",
  '"',
  "'",
  '"""',
  "sh '",
  "[",
  "]",
  "<sql>",
  "</sql>",
  "<![CDATA[",
  "dropdb a",
  "DROP ROLE a;",
  "{{",
  "}}",
  "#",
  "//",
  "/*",
  "`\n",
  "^\n",
  "%",
  "*",
  "@",
  "\r",
  "\0",
  "\uD83D",
);

test.each(paths)("any %s is read", (path) => {
  const carrier = carrierOf(path, "");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 40 }).map((all) => all.join("")),
      ),
      (source) => {
        for (const { at } of carrier!(source, path, carrierPorts).sites) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(source.length);
        }
      },
    ),
  );
});

test.each([
  ["x.sh", "a && ".repeat(20_000)],
  ["x.sh", `x=drop\n${'x="$x $x"\n'.repeat(60)}psql -c "$x"\n`],
  ["x.sh", `f() { ${'f "$@" drop; '.repeat(50)} }\nf a\n`],
  ["x.yml", `a: ${"&a [*a, ".repeat(5000)}`],
  ["x.yml", `a: &a [*a, *a]\nrun: *a\n${"b: *a\n".repeat(50)}`],
  ["x.json", "{{ x }} ".repeat(5000)],
  ["Makefile", "A=$(B)$(B)\nB=$(A)$(A)\nx:\n\tdropdb $(A)\n"],
  ["x.xml", "<update>drop ".repeat(5000)],
  ["Jenkinsfile", "sh(".repeat(5000)],
])("%s that was made to be slow is read all the same", (path, source) => {
  const from = performance.now();
  carrierOf(path, "")!(source, path, carrierPorts);
  expect(performance.now() - from).toBeLessThan(1500);
});
