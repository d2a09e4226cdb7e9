import { expect, test } from "bun:test";
import { findLog } from "../../../../../src/chokepoint/backends/postgres/log/find-log.ts";
import { readLog } from "../../../../../src/chokepoint/backends/postgres/log/read-log.ts";
import { connect } from "../../../../../src/postgres/connect.ts";
import { startTestCluster } from "../../../../support/cluster.ts";
import { ask } from "../../../../support/postgres-target.ts";
import { poll } from "../../../../support/server-process.ts";

const logging = { logging_collector: "on", log_statement: "ddl", log_rotation_age: "0" };
const servers = {
  csvlog: await startTestCluster(15, { parameters: { ...logging, log_destination: "csvlog" } }),
  jsonlog: await startTestCluster(15, { parameters: { ...logging, log_destination: "jsonlog" } }),
};

for (const format of ["csvlog", "jsonlog"] as const)
  test(`${format}: the newest is read, the rest is said to be left out; what was before its time is left`, async () => {
    const { settings } = servers[format];
    const comment = `/* "ä",\n${"🗑".repeat(35_000)} */`;
    for (let index = 0; index < 40; index += 1) await ask(settings, `create role r_${index} ${comment}`);
    await using session = await connect(settings, { applicationName: "test" });
    const sql = session.sql;
    await poll(async () => {
      const [row] = await sql.unsafe(
        `select pg_read_file(pg_current_logfile('${format}')) like '%r_39 %' as is_written`,
      );
      return row?.["is_written"] === true;
    });
    const log = await findLog(session);
    if ("blind" in log) throw new Error(log.blind);
    // All that was read until then lies between it and what is created at the end: no answer takes as long.
    const before = performance.now();
    const roles = async (sinceMs: number, limit?: number) => {
      const { records, isCut } = await readLog(session, log, sinceMs, limit);
      const read = await Array.fromAsync(records);
      const names = read.flatMap(({ message }) => /create role (r_\d+) /.exec(message)?.[1] ?? []);
      expect(
        read
          .filter(({ message }) => message.includes("create role"))
          .every(({ message }) => message.endsWith(comment)),
      ).toBe(true);
      return { names, isCut };
    };
    const all = Array.from({ length: 40 }, (_, index) => `r_${index}`);
    expect(await roles(60_000)).toEqual({ names: all, isCut: false });
    // Wherever it begins, in the middle of a letter too, whole records come out of it.
    for (let limit = 1_000_000; limit < 1_000_100; limit += 7) {
      const { names, isCut } = await roles(60_000, limit);
      expect(isCut).toBe(true);
      expect(names.length).toBeGreaterThan(3);
      expect(names).toEqual(all.slice(-names.length));
    }
    // The file is newer than the time that is asked for, most of what is in it is not.
    await ask(settings, `create role r_40 ${comment}`);
    await poll(async () => (await roles(performance.now() - before)).names.length > 0);
    expect(await roles(performance.now() - before)).toEqual({ names: ["r_40"], isCut: false });
  });
