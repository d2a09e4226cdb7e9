import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readShellFile } from "../../../../src/scan/carriers/shell/read-shell-file.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

const read = (source: string, path = "x.sh") => tellSites(source, readShellFile(source, path, carrierPorts));

describe("what a script runs", () => {
  test.each([
    ["a plain command", "set -e\ndropdb shop\n", ["2 server dropdb shop"]],
    [
      "a variable in the statement",
      'DB=shop\nSQL="DROP DATABASE $DB"\npsql -c "$SQL"\n',
      ["3 database DROP DATABASE shop"],
    ],
    ["a variable that nobody set", 'psql -c "DROP DATABASE ${NAME}"\n', ["1 database DROP DATABASE …"]],
    ["a default", 'psql -c "DROP DATABASE ${NAME:-shop}"\n', ["1 database DROP DATABASE shop"]],
    [
      "the client in a variable",
      'PSQL="psql -U postgres -h $HOST"\n$PSQL -c "DROP ROLE a"\n',
      ["2 role DROP ROLE a"],
    ],
    [
      "the client in an array",
      'CMD=(psql -U postgres)\n"${CMD[@]}" -c "DROP ROLE a"\n',
      ["2 role DROP ROLE a"],
    ],
    ["a statement that grows", 'S="DROP "\nS+="ROLE a"\npsql -c "$S"\n', ["3 role DROP ROLE a"]],
    [
      "either side of a condition",
      'if x; then S="SELECT 1"; else S="DROP ROLE a"; fi\npsql -c "$S"\n',
      ["2 role DROP ROLE a"],
    ],
    ["a loop over names", 'for db in a b; do\n  dropdb "$db"\ndone\n', ["2 server dropdb a,b"]],
    [
      "a loop over an array of statements",
      'Q=("DROP ROLE a" "DROP ROLE b")\nfor q in "${Q[@]}"; do\n psql -c "$q"\ndone\n',
      ["3 role DROP ROLE a,b"],
    ],
    [
      "a loop over what a command says",
      'psql -lqt | cut -d"|" -f1 | while read -r db; do\n  dropdb "$db"\ndone\n',
      ["2 server dropdb …"],
    ],
    [
      "unlike things of one kind on one line",
      "dropdb a; dropdb b; kubectl delete namespace c\n",
      ["1 server dropdb a,b", "1 server kubectl delete namespace c"],
    ],
    ["a statement that is piped", 'echo "DROP ROLE a" | sudo -u postgres psql\n', ["1 role DROP ROLE a"]],
    [
      "a format that is piped",
      "printf 'DROP DATABASE %s;\\n' a b | mysql\n",
      ["1 database DROP DATABASE a,b"],
    ],
    ["a group that is piped", '{ echo "BEGIN;"; echo "DROP ROLE a;"; } | psql\n', ["1 role DROP ROLE a"]],
    ["a filter between", 'echo "DROP ROLE X" | sed "s/X/a/" | psql\n', ["1 role DROP ROLE x"]],
    [
      "SQL that SQL writes",
      "psql -Atc \"SELECT 'DROP DATABASE ' || datname || ';' FROM pg_database\" | psql\n",
      ["1 database DROP DATABASE …"],
    ],
    [
      "a filter that names what it leaves",
      'echo "DROP ROLE a;" | grep -v "drop database b" | psql\n',
      ["1 role DROP ROLE a"],
    ],
    [
      "SQL that awk writes",
      'list | awk \'{print "DROP DATABASE " $1 ";"}\' | mysql\n',
      ["1 database DROP DATABASE …"],
    ],
    [
      "SQL that read takes",
      "read -r -d '' SQL <<EOF\nDROP ROLE a;\nEOF\npsql -c \"$SQL\"\n",
      ["4 role DROP ROLE a"],
    ],
    [
      "a file that is written and run",
      "cat > /tmp/x.sql <<EOF\nDROP ROLE a;\nEOF\npsql -f /tmp/x.sql\n",
      ["2 role DROP ROLE a"],
    ],
    [
      "a file that is written and read",
      "echo 'DROP ROLE a;' > x.sql\npsql < x.sql\n",
      ["1 role DROP ROLE a"],
    ],
    [
      "a function that runs what it is given",
      'run_sql() {\n  psql -d "$1" -c "$2"\n}\nrun_sql app "DROP ROLE a"\n',
      ["4 role DROP ROLE a"],
    ],
    [
      "a function that hands on",
      'q() { mysql -e "$*"; }\nr() { q "$@"; }\nr "DROP DATABASE a"\n',
      ["3 database DROP DATABASE a"],
    ],
    [
      "a function that holds the statement",
      'clean() {\n  psql -c "DROP DATABASE $1"\n}\nclean a\nclean b\n',
      ["2 database DROP DATABASE a,b in clean"],
    ],
    ["a function that nobody calls", 'clean() {\n  dropdb "$1"\n}\n', ["2 server dropdb … in clean"]],
    ["a function that reads", "q() { psql -d app; }\nq <<EOF\nDROP ROLE a;\nEOF\n", ["3 role DROP ROLE a"]],
    [
      "a function that hands on the words of a client: where they are given",
      'n() {\n  nats -s "$SERVER" "$@"\n}\nn stream rm orders -f\n',
      ["4 stream nats stream rm orders"],
    ],
    [
      "a function that deletes what it is given: where it deletes",
      'gone() {\n  kubectl delete ns "$1"\n}\ngone shop\n',
      ["2 server kubectl delete ns shop in gone"],
    ],
    ["a function that runs a command", 'run() { echo "+ $*"; "$@"; }\nrun dropdb a\n', ["2 server dropdb a"]],
    ["a trap", "trap 'dropdb a' EXIT\n", ["1 server dropdb a"]],
    ["the function of a trap", "end() { dropdb a; }\ntrap end EXIT\n", ["1 server dropdb a in end"]],
    [
      "both ways of a case",
      'case "$1" in\n  drop) dropdb a ;;\n  *) dropuser b ;;\nesac\n',
      ["2 server dropdb a", "3 server dropuser b"],
    ],
    ["a condition", "if ! dropdb a; then exit 1; fi\n", ["1 server dropdb a"]],
    ["after && and ||", "test -f x && dropdb a || dropdb b\n", ["1 server dropdb a,b"]],
    ["a subshell in the background", "(cd /tmp; dropdb a) &\n", ["1 server dropdb a"]],
    [
      "a substitution",
      'out=$(psql -c "DROP ROLE a" 2>&1)\necho "$(dropdb b)"\n',
      ["1 role DROP ROLE a", "2 server dropdb b"],
    ],
    ["a substitution of old", "x=`dropdb a`\n", ["1 server dropdb a"]],
    ["a process that is read", "while read -r x; do :; done < <(dropdb a)\n", ["1 server dropdb a"]],
    ["lines that go on", "psql \\\n  -h db \\\n  -c 'DROP ROLE a'\n", ["3 role DROP ROLE a"]],
    ["a statement of several lines", 'psql -c "\n  SELECT 1;\n  DROP ROLE a;\n"\n', ["3 role DROP ROLE a"]],
    ["escaped quotes", 'psql -c "DROP DATABASE \\"a b\\""\n', ["1 database DROP DATABASE a b"]],
    [
      "quotes that are joined",
      "psql -c 'DROP DATABASE '\"$DB\"' WITH (FORCE)'\n",
      ["1 database DROP DATABASE …"],
    ],
    ["a string of ANSI C", "psql -c $'DROP\\nDATABASE a'\n", ["1 database DROP DATABASE a"]],
    ["a shell in a shell", "ssh db \"sudo -u postgres psql -c 'DROP ROLE a'\"\n", ["1 role DROP ROLE a"]],
    [
      "a shell that reads in a container",
      "docker exec -i db sh -c 'mysql -p\"$P\"' <<EOF\nDROP DATABASE a;\nEOF\n",
      ["2 database DROP DATABASE a"],
    ],
    ["the folder of all data", 'rm -rf "$PGDATA"/*\n', ["1 server rm -r /var/lib/postgresql/data/*"]],
    ["an environment before", "PGPASSWORD=x PGHOST=db dropdb a\n", ["1 server dropdb a"]],
    [
      "one command in two ways",
      'for c in "dropdb a" "redis-cli flushall"; do $c; done\n',
      ["1 server dropdb a", "1 flush FLUSHALL"],
    ],
    [
      "a script that a script writes",
      "cat > /etc/cron.daily/x.sh <<'EOF'\n#!/bin/sh\ndropdb a\nEOF\n",
      ["3 server dropdb a (stored low)"],
    ],
  ])("%s", (_name, source, expected) => {
    expect(read(source)).toEqual(expected);
  });
});

test("a test of bats is a group", () => {
  expect(read('@test "drops" {\n  run dropdb a\n}\n', "x.bats")).toEqual(["2 server dropdb a"]);
});

describe("what a script does not run", () => {
  test.each([
    ["a comment", "# dropdb shop\n"],
    ["a text that is printed", 'echo "DROP DATABASE shop"; printf "%s" "dropdb shop"\n'],
    ["a here-document that is printed", "cat <<EOF\nDROP DATABASE shop;\nEOF\n"],
    ["a usage text", "usage() {\n cat <<EOF\n  dropdb NAME\nEOF\n}\n"],
    ["a variable that nothing runs", 'SQL="DROP DATABASE shop"\necho "$SQL"\n'],
    ["a comparison", 'if [ "$1" = "DROP DATABASE shop" ]; then exit 1; fi\n[[ $x =~ dropdb ]] && exit\n'],
    ["a pattern", "grep -q 'DROP DATABASE' x.sql || exit 1\n"],
    ["a message", 'git commit -m "dropdb shop"; log "redis-cli FLUSHALL"\n'],
    ["a function that is called like it", "dropdb_usage() { echo x; }\ndropdb_usage\n"],
    ["a text that is written to a file", "cat > help.txt <<EOF\ndropdb shop\nEOF\n"],
    ["a question", 'read -r -p "DROP DATABASE $name? " answer\n'],
    ["a case's pattern", 'case "$1" in dropdb) echo x ;; esac\n'],
    ["a look for the program", "command -v dropdb >/dev/null || exit 1\nhash redis-cli\n"],
    ["a list of programs", "for c in psql dropdb createdb; do command -v $c; done\n"],
    ["an alias", "alias drop='dropdb shop'\n"],
    ["nothing at all", ""],
  ])("%s", (_name, source) => {
    expect(read(source)).toEqual([]);
  });
});

test("comments that allow are told", () => {
  const source = "dropdb a # custody-allow: a scratch database until 2030-01-31\n";
  expect(readShellFile(source, "x.sh", carrierPorts).comments).toEqual([
    { text: "# custody-allow: a scratch database until 2030-01-31", at: 9 },
  ]);
});

test("what is no shell is told by its place, and what can be read of it is", () => {
  const result = readShellFile("dropdb a\nif then fi ((\n", "x.sh", carrierPorts);
  expect(result.errors.length).toBeGreaterThan(0);
});

test("any script is read", () => {
  const piece = fc.constantFrom(
    "dropdb ",
    "$(",
    ")",
    "`",
    '"',
    "'",
    "<<EOF\n",
    "EOF\n",
    "\n",
    "| ",
    "psql ",
    "-c ",
    "$1",
    "${X:-",
    "}",
    "{ ",
    "; ",
    "f() ",
    "for x in ",
    "do ",
    "done\n",
    "$'",
    "\\",
    "# ",
    "\uD83D\uDE00",
    "DROP ROLE a;",
    "=(",
    "+=",
    "case ",
    "esac",
    "<<<",
    "< <(",
    "\t",
    "\r\n",
    "\0",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 30 }).map((all) => all.join("")),
      ),
      (source) => {
        for (const { at } of readShellFile(source, "x.sh", carrierPorts).sites) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(source.length);
        }
      },
    ),
  );
});

test("functions that call one another end", () => {
  expect(read('f() { g "$@"; }\ng() { f "$@"; f "$@"; dropdb a; }\nf x\n')).toEqual([
    "2 server dropdb a in g",
  ]);
});
