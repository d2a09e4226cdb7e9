import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readYaml } from "../../../../src/scan/carriers/yaml/read-yaml.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

const read = (source: string, path = "x.yml") => tellSites(source, readYaml(source, path, carrierPorts));

describe("commands in YAML", () => {
  test.each([
    [
      "GitHub: a step",
      "jobs:\n  a:\n    steps:\n      - name: dropdb x\n        run: dropdb shop\n",
      ["5 server dropdb shop"],
    ],
    [
      "Argo CD: a plugin, what it is told before what it is",
      "generate:\n  args: [psql -c 'DROP ROLE a']\n  command: [sh, -c]\n",
      ["2 role DROP ROLE a"],
    ],
    [
      "GitHub: lines",
      'jobs:\n  a:\n    steps:\n      - run: |\n          echo dropdb\n          psql -c "DROP DATABASE ${{ inputs.db }}"\n',
      ["6 database DROP DATABASE …"],
    ],
    [
      "GitHub: a script over ssh",
      "steps:\n  - uses: appleboy/ssh-action@v1\n    with:\n      host: x\n      script: |\n        cd /srv\n        docker compose down -v\n",
      ["7 server docker compose down -v"],
    ],
    [
      "GitHub: variables over lines",
      'steps:\n  - run: |\n      DB=shop\n      dropdb "$DB"\n',
      ["4 server dropdb shop"],
    ],
    [
      "GitHub: a here-document",
      "steps:\n  - run: |\n      psql <<SQL\n        DROP ROLE a;\n      SQL\n",
      ["4 role DROP ROLE a"],
    ],
    [
      "GitLab: lists",
      "stop:\n  before_script: [dropuser a]\n  script:\n    - dropdb a\n    - >-\n      kubectl delete\n      namespace review\n  after_script:\n    - redis-cli FLUSHALL\n",
      [
        "2 server dropuser a",
        "4 server dropdb a",
        "6 server kubectl delete namespace review",
        "9 flush FLUSHALL",
      ],
    ],
    ["GitLab: an anchor", ".drop: &drop\n  - dropdb a\nx:\n  script: *drop\n", ["2 server dropdb a"]],
    [
      "GitLab: references in lists",
      "x:\n  script:\n    - !reference [.a, script]\n    - dropdb a\n",
      ["4 server dropdb a"],
    ],
    [
      "CircleCI",
      "jobs:\n  a:\n    steps:\n      - run: dropdb a\n      - run:\n          name: dropdb b\n          command: |\n            dropdb c\n",
      ["4 server dropdb a", "8 server dropdb c"],
    ],
    [
      "Azure",
      "steps:\n  - script: dropdb a\n    displayName: dropdb b\n  - bash: |\n      dropdb c\n  - task: AzureCLI@2\n    inputs:\n      inlineScript: az group delete -n rg\n",
      ["2 server dropdb a", "5 server dropdb c", "8 server az group delete"],
    ],
    [
      "Bitbucket",
      "pipelines:\n  default:\n    - step:\n        script:\n          - dropdb a\n",
      ["5 server dropdb a"],
    ],
    [
      "Drone and Buildkite",
      "steps:\n  - name: x\n    image: postgres\n    commands:\n      - dropdb a\n  - command: dropdb b\n  - command:\n      - dropdb c\n      - dropdb d\n",
      ["5 server dropdb a", "6 server dropdb b", "8 server dropdb c", "9 server dropdb d"],
    ],
    [
      "Cloud Build",
      "steps:\n  - name: gcr.io/cloud-builders/gcloud\n    entrypoint: bash\n    args: ['-c', 'gcloud sql databases delete a -i b']\n  - name: gcr.io/cloud-builders/gcloud\n    args: [sql, instances, delete, c]\n",
      ["4 server gcloud sql databases delete a", "6 server gcloud sql instances delete c"],
    ],
    ["CodeBuild", "phases:\n  post_build:\n    commands:\n      - dropdb a\n", ["4 server dropdb a"]],
    [
      "Taskfile",
      "tasks:\n  reset:\n    desc: dropdb x\n    cmds:\n      - dropdb {{.DB}}\n      - cmd: dropuser a\n        silent: true\n",
      ["5 server dropdb …", "6 server dropuser a"],
    ],
    [
      "Compose",
      "services:\n  a:\n    image: postgres\n    command: psql -c 'DROP ROLE a'\n  b:\n    image: redis\n    entrypoint: [redis-cli]\n    command: [FLUSHALL]\n  c:\n    image: migrate/migrate\n    command: -path m -database x drop -f\n",
      ["4 role DROP ROLE a", "8 flush FLUSHALL", "11 server migrate drop"],
    ],
    [
      "Compose: a health check",
      "services:\n  a:\n    healthcheck:\n      test: [CMD-SHELL, redis-cli FLUSHALL]\n",
      ["4 flush FLUSHALL"],
    ],
    [
      "Kubernetes: words",
      'spec:\n  initContainers:\n    - name: x\n      image: postgres\n      command: ["psql", "-c"]\n      args: ["DROP ROLE a"]\n',
      ["6 role DROP ROLE a"],
    ],
    [
      "Kubernetes: a script",
      "containers:\n  - image: postgres\n    command:\n      - /bin/sh\n      - -c\n    args:\n      - |\n        set -e\n        dropdb a\n",
      ["9 server dropdb a"],
    ],
    [
      "Kubernetes: a hook",
      "lifecycle:\n  preStop:\n    exec:\n      command: [redis-cli, FLUSHALL]\n",
      ["4 flush FLUSHALL"],
    ],
    [
      "Kubernetes: several documents and a map",
      "a: b\n---\nkind: ConfigMap\ndata:\n  drop.sql: |\n    DROP DATABASE a;\n  reset.sh: |\n    dropdb b\n  init.js: |\n    db.dropDatabase()\n",
      ["6 database DROP DATABASE a", "8 server dropdb b", "10 mongo-database dropDatabase()"],
    ],
    [
      "Argo",
      "templates:\n  - script:\n      image: postgres\n      command: [bash]\n      source: |\n        dropdb a\n",
      ["6 server dropdb a"],
    ],
    [
      "Helm",
      '{{- if .Values.drop }}\nspec:\n  {{- include "x.labels" . | nindent 2 }}\n  containers:\n    - image: "{{ .Values.image }}"\n      command: ["dropdb", {{ .Values.db | quote }}]\n{{- end }}\n',
      ["6 server dropdb …"],
    ],
    ["cloud-init", "#cloud-config\nruncmd:\n  - dropdb a\n  - [ dropdb, b ]\n", ["3 server dropdb a"]],
    [
      "Ansible: modules",
      "- tasks:\n    - name: drop\n      community.postgresql.postgresql_db:\n        name: shop\n        state: absent\n    - mysql_user: name=shop state=absent\n    - k8s:\n        kind: Namespace\n        name: x\n        state: absent\n    - postgresql_query:\n        query: DROP SCHEMA s CASCADE\n    - community.general.redis:\n        command: flush\n",
      [
        "3 database postgresql_db: state: absent shop",
        "6 role mysql_user: state: absent shop",
        "7 server k8s: state: absent x",
        "12 schema DROP SCHEMA s",
        "13 flush redis: command: flush",
      ],
    ],
    [
      "Ansible: commands",
      "- hosts: all\n  tasks:\n    - shell: dropdb a\n    - ansible.builtin.shell: |\n        dropdb b\n      args:\n        chdir: /x\n    - ansible.builtin.command:\n        cmd: dropdb {{ name }}\n    - command:\n        argv: [dropdb, c]\n",
      ["3 server dropdb a", "5 server dropdb b", "9 server dropdb …", "11 server dropdb c"],
    ],
    [
      "Ansible: in one line and elsewhere",
      '- tasks:\n    - local_action: command dropdb a\n    - action: shell dropdb b\n    - postgresql_query: query="DROP ROLE c" db=x\n    - community.mongodb.mongodb_shell: {eval: db.dropDatabase()}\n    - file: {path: /var/lib/postgresql/14/main, state: absent}\n',
      [
        "2 server dropdb a",
        "3 server dropdb b",
        "4 role DROP ROLE c",
        "5 mongo-database dropDatabase()",
        "6 server file: state: absent",
      ],
    ],
    [
      "Salt",
      "a:\n  postgres_database.absent:\n    - name: shop\nb:\n  cmd.run:\n    - name: dropdb x\n",
      ["2 database postgres_database.absent", "6 server dropdb x"],
    ],
    ["Concourse", "run:\n  path: bash\n  args: [-c, dropdb a]\n", ["3 server dropdb a"]],
    [
      "Spring",
      "spring:\n  jpa:\n    hibernate:\n      ddl-auto: create-drop\n  flyway:\n    clean-on-validation-error: true\n",
      ["4 table hibernate.ddl-auto: create-drop", "6 schema flyway.clean-on-validation-error: true"],
    ],
    [
      "escapes",
      'run: "psql -c \\"DROP ROLE a\\"\\nredis-cli \\\n  FLUSHALL\\n"\n',
      ["1 role DROP ROLE a", "1 flush FLUSHALL"],
    ],
    ["one quote twice", "run: 'psql -c ''DROP ROLE a'''\n", ["1 role DROP ROLE a"]],
    ["a plain text over lines", "run: true &&\n  dropdb\n  a\n", ["2 server dropdb a"]],
  ])("%s", (_name, source, expected) => {
    expect(read(source)).toEqual(expected);
  });

  test.each([
    [
      "package.json",
      '{\n  "name": "dropdb x",\n  "scripts": {\n    "db:reset": "dropdb shop && createdb shop",\n    "lint": "echo \\"dropdb\\""\n  }\n}',
      ["4 server dropdb shop"],
    ],
    [
      "composer.json",
      '{"scripts": {"fresh": ["@php artisan migrate:fresh"]}}',
      ["1 server artisan migrate:fresh"],
    ],
    ["ormconfig.json", '[{\n  "type": "postgres",\n  "dropSchema": true\n}]', ["3 server dropSchema: true"]],
    [
      "role.json",
      '{"revocation_statements": ["REASSIGN OWNED BY x TO y;", "DROP ROLE IF EXISTS \\"{{name}}\\";"]}',
      ["1 role DROP ROLE …"],
    ],
    ["devcontainer.json", '{\n  // comment\n  "postCreateCommand": "dropdb a"\n}', ["3 server dropdb a"]],
  ])("%s", (path, source, expected) => {
    expect(read(source, path)).toEqual(expected);
  });
});

describe("what is nothing in YAML", () => {
  test.each([
    [
      "names and words for people",
      "name: dropdb shop\ndescription: psql -c 'DROP ROLE a'\nsteps:\n  - name: redis-cli FLUSHALL\n    run: echo dropdb\n",
    ],
    [
      "the environment",
      "env:\n  COMMAND: dropdb a\nenvironment:\n  SCRIPT: dropdb a\nvariables:\n  run: dropdb a\n",
    ],
    ["a comment", "run: echo x # dropdb a\n# run: dropdb a\n"],
    ["a condition", "steps:\n  - if: contains(x, 'dropdb a')\n    run: echo\n"],
    [
      "JavaScript",
      "steps:\n  - uses: actions/github-script@v7\n    with:\n      github-token: x\n      script: |\n        core.info(`dropdb a`)\n",
    ],
    [
      "JavaScript without a token",
      "steps:\n  - uses: actions/github-script@v7\n    with:\n      script: |\n        core.info(`dropdb a`)\n",
    ],
    [
      "state: present",
      "- postgresql_db:\n    name: a\n    state: present\n- k8s: { kind: Deployment, state: absent }\n",
    ],
    ["another key", "dropSchema: false\nmessage: dropdb a\ndefault: [dropdb, a]\n"],
    ["a file for people", "kind: ConfigMap\ndata:\n  README: |\n    Run dropdb a by hand.\n"],
    [
      "an image that is only called so",
      "services:\n  a:\n    image: postgres\n    command: [postgres, -c, log_statement=all]\n",
    ],
  ])("%s", (_name, source) => {
    expect(read(source)).toEqual([]);
  });
});

test("broken YAML is told by its place, and what can be read of it is", () => {
  const source = "run: dropdb a\nb: [\n";
  const result = readYaml(source, "x.yml", carrierPorts);
  expect(result.errors.length).toBeGreaterThan(0);
  expect(tellSites(source, result)).toEqual(["1 server dropdb a"]);
});

test("any YAML is read", () => {
  const piece = fc.constantFrom(
    "run: ",
    "- ",
    "\n",
    "  ",
    "|\n",
    ">-\n",
    "dropdb a",
    '"',
    "'",
    "{{ x }}",
    "{{- end }}",
    "&a ",
    "*a",
    "<<: *a",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "image: x",
    "command: ",
    "---\n",
    "!t ",
    "\t",
    "\\",
    "%YAML 1.2\n",
    "? ",
    "\uFEFF",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 30 }).map((all) => all.join("")),
      ),
      (source) => {
        for (const { at } of readYaml(source, "x.yml", carrierPorts).sites) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(source.length);
        }
      },
    ),
  );
});
