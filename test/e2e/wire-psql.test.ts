import { expect, test } from "bun:test";
import { psql, startWirePostgres } from "../support/wire-postgres.ts";
const { env } = await startWirePostgres();
test.each([["plain","disable"],["plain","require"],["plain","verify-full"],["tls","require"],["tls","verify-full"]])("hello %s %s", async (l, m) => {
  console.log(await psql(env(l, {PGSSLMODE: m}), "select 1; select ssl from pg_stat_ssl where pid = pg_backend_pid();"));
  console.log(await psql(env(l, {PGSSLMODE: m, PGCHANNELBINDING: "disable"}), "select 1; select ssl from pg_stat_ssl where pid = pg_backend_pid();"));
});
