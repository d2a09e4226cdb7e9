import type { Session } from "../postgres/connect.ts";

/**
 * Settings that decide how values are written as text. Every session whose text is compared has them, and so has the
 * dump. `row_security = off` turns hidden rows into an error; the empty search_path makes every name qualified.
 */
export const pinnedSettings = {
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  extra_float_digits: "3",
  bytea_output: "hex",
  xmlbinary: "base64",
  lc_monetary: "C",
  quote_all_identifiers: "off",
  row_security: "off",
  synchronize_seqscans: "off",
  search_path: "",
} as const satisfies Readonly<Record<string, string>>;

/** Pins the settings for the rest of the session, or of its transaction when that is rolled back. */
export async function pinSettings(session: Session): Promise<void> {
  const settings = Object.entries(pinnedSettings).map(
    ([name, value]) => `pg_catalog.set_config('${name}', '${value}', false)`,
  );
  await session.sql.unsafe(`SELECT ${settings.join(", ")}`);
}
