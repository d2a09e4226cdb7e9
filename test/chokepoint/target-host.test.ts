import { expect, test } from "bun:test";
import { hostOf } from "../../src/chokepoint/target-host.ts";

test.each([
  ["postgres://admin:p%40ss@db1.example:5432/postgres", "db1.example"],
  ["postgresql://admin:a@b@db1.example/x", "db1.example"],
  ["postgres://user@/db?host=/run/pg&x=1", "/run/pg"],
  ["postgres://db1:5432,db2:5433/x?target_session_attrs=primary", "db1"],
  ["postgres://%2Frun%2Fpg/x", "/run/pg"],
  ["host=db2.example user=admin password='host=evil'", "db2.example"],
  ["user=a host='/var/run/pg'", "/var/run/pg"],
  ["redis://:secret@[::1]:6379/0", "[::1]"],
  ["mongodb+srv://u:p@cluster.example/?tls=true", "cluster.example"],
  ["nats://token@n1:4222", "n1"],
  ["postgres:///x", null],
  ["", null],
] as const)("%s", (url, host) => {
  expect(hostOf(url)).toBe(host);
});
