import type { ConnectionSettings } from "./connection-settings.ts";

/** A name of ours, shown as `custody NAME`; or all of one, as it is. */
export type ApplicationName = string | { readonly exact: string };

/** What pg_stat_activity shows. */
export function shownApplicationName(name: ApplicationName): string {
  return typeof name === "string" ? `custody ${name}` : name.exact;
}

/** The startup parameters of a session. The client library drops empty values, so these go through `options`. */
export function sessionParameters(
  settings: Pick<ConnectionSettings, "options">,
  options: {
    readonly applicationName: ApplicationName;
    readonly parameters?: Readonly<Record<string, string>> | undefined;
  },
): Record<string, string> {
  const given = Object.entries(options.parameters ?? {});
  const empty = given.filter(([, value]) => value === "").map(([name]) => `-c ${name}=`);
  const startup = [settings.options ?? "", ...empty].filter((text) => text !== "").join(" ");
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== "")),
    application_name: shownApplicationName(options.applicationName),
    ...(startup === "" ? {} : { options: startup }),
  };
}

/** Settings as PGOPTIONS for a program built on libpq: blanks and backslashes in values are escaped. */
export function commandLineOptions(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, (char) => `\\${char}`)}`)
    .join(" ");
}
