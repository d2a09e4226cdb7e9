import { describe, expect, test } from "bun:test";
import { judgeReplicationCommand } from "../../../../src/destruction/sql/wire/judge-replication.ts";
import { judgeStartupOptions } from "../../../../src/destruction/sql/wire/judge-startup-options.ts";
import { admin, ordinary, show, standard } from "./wire-judged.ts";

describe("what a StartupMessage sets", () => {
  test.each([
    [{ options: "-c role=dba" }, ["dba"], []],
    [{ options: "-crole=dba" }, ["dba"], []],
    [{ options: "--role=dba" }, ["dba"], []],
    [{ options: "-c role=a\\ b\\\\c" }, ["a b\\c"], []],
    [{ options: "-c ROLE=Dba -c session-authorization=x" }, ["Dba", "x"], []],
    [{ role: "dba" }, ["dba"], []],
    [{ options: "-c session_replication_role=replica" }, [], ["disarming"]],
    [{ options: "--session-replication-role=REPLICA" }, [], ["disarming"]],
    [{ session_replication_role: "replica" }, [], ["disarming"]],
    [{ options: "-c event_triggers=off -c log_statement=none" }, [], ["disarming", "disarming"]],
    [{ options: "-c session_preload_libraries=x" }, [], ["disarming"]],
    [{ options: "-c geqo=off -B 5 -S 100 --search_path=a,b" }, [], []],
    [{ options: "-O" }, [], ["opaque"]],
    [{ options: "-c role" }, [], ["opaque"]],
    [{ options: "-c" }, [], ["opaque"]],
    [{ options: "nonsense" }, [], ["opaque"]],
    [{ application_name: "-c role=x", client_encoding: "UTF8" }, [], []],
    [{ user: "role", database: "role" }, [], []],
  ])("%j", (parameters, roles, kinds) => {
    const judged = judgeStartupOptions(new Map(Object.entries(parameters)));
    expect(judged.roles).toEqual(roles);
    expect(judged.destructions.map(({ kind }) => kind as string)).toEqual(kinds);
  });
});

describe("what comes on a replication connection", () => {
  test.each([
    ["DROP_REPLICATION_SLOT a", ["slot a"]],
    ['drop_replication_slot "A" WAIT;', ["slot A"]],
    ["IDENTIFY_SYSTEM", []],
    ["START_REPLICATION SLOT \"a\" LOGICAL 0/0 (proto_version '1', publication_names '\"p\"')", []],
    ["CREATE_REPLICATION_SLOT \"a\" LOGICAL pgoutput (SNAPSHOT 'nothing')", []],
    ["BASE_BACKUP (LABEL 'drop role x')", []],
    ["DROP DATABASE x", ["database x"]],
    ["SHOW x; DROP ROLE y", ["role y"]],
    ["/**/ SHOW x; DROP ROLE y", ["role y"]],
    ["/**/ IDENTIFY_SYSTEM; DROP ROLE y", ["role y"]],
  ])("%j", (sql, expected) => {
    for (const reader of [ordinary, admin])
      expect(show(judgeReplicationCommand(Buffer.from(sql), standard, reader))).toEqual(expected);
  });
});
