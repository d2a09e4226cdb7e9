import { expect, test } from "bun:test";
import { pinSettings } from "../../src/audit/secure-reading.ts";
import { connect } from "../../src/postgres/connect.ts";
import { majors, startTestCluster } from "../support/cluster.ts";

/** What others may have set, where the release has it, and what a reading of the chain pins in its place. */
const settings = {
  search_path: ["public, pg_catalog", "pg_catalog"],
  quote_all_identifiers: ["on", "off"],
  standard_conforming_strings: ["off", "on"],
  row_security: ["on", "off"],
  TimeZone: ["Asia/Kathmandu", "UTC"],
  statement_timeout: ["1min", "0"],
  idle_in_transaction_session_timeout: ["1min", "0"],
  transaction_timeout: ["1min", "0"],
  restrict_nonsystem_relation_kind: ["", "view, foreign-table"],
} as const;

for (const major of majors) {
  const cluster = await startTestCluster(major);

  test(`a reading pins its settings on PostgreSQL ${major}, whatever was set, and leaves them as they were`, async () => {
    await using session = await connect(cluster.settings, { applicationName: "test" });
    const { sql } = session;
    const known = new Set(
      (await sql<{ name: string }[]>`select name from pg_settings`).map(({ name }) => name),
    );
    const here = Object.entries(settings).filter(([name]) => known.has(name));
    expect(known.has("transaction_timeout")).toBe(major >= 17);
    for (const [name, [hostile]] of here) await sql`select set_config(${name}, ${hostile}, false)`;
    const shown = async (): Promise<Record<string, string>> => {
      const rows = await sql<{ name: string; value: string }[]>`
        select name, replace(current_setting(name), '"', '') as value
          from pg_settings where name in ${sql(here.map(([name]) => name))}`;
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    };
    const values = (at: 0 | 1): Record<string, string> =>
      Object.fromEntries(here.map(([name, both]) => [name, both[at]]));
    await sql.unsafe("begin read only");
    await pinSettings(session);
    expect(await shown()).toEqual(values(1));
    await sql.unsafe("rollback");
    expect(await shown()).toEqual(values(0));
  });
}
