import type { ConnectionSettings } from "./connection-settings.ts";

/** The startup parameters of a session. The client library drops empty values, so these go through `options`. */
export function sessionParameters(
  settings: Pick<ConnectionSettings, "options">,
  options: {
    readonly applicationName: string;
    readonly parameters?: Readonly<Record<string, string>> | undefined;
  },
): Record<string, string> {
  const given = Object.entries(options.parameters ?? {});
  const empty = given.filter(([, value]) => value === "").map(([name]) => `-c ${name}=`);
  const startup = [settings.options ?? "", ...empty].filter((text) => text !== "").join(" ");
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== "")),
    application_name: `custody ${options.applicationName}`,
    ...(startup === "" ? {} : { options: startup }),
  };
}

/** Settings as PGOPTIONS for a program built on libpq: blanks and backslashes in values are escaped. */
export function commandLineOptions(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, (char) => `\\${char}`)}`)
    .join(" ");
}
