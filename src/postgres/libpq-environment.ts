import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import { openOwnedFolder } from "./owned-folder.ts";
import type { OwnedFolder } from "./owned-folder.ts";
import { passfileLine } from "./passfile.ts";
import { commandLineOptions, shownApplicationName } from "./session-parameters.ts";
import type { ApplicationName } from "./session-parameters.ts";
import { passwordFor } from "./connection-settings.ts";
import type { ConnectionSettings, Environment } from "./connection-settings.ts";

/** What a program built on libpq finds a server by. */
export interface LibpqEnvironment extends AsyncDisposable {
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The variables by which a libpq program reaches the same server in the same way. Passwords stand in a file that only
 * this user can read, in a folder of its own under TMPDIR; disposing removes it.
 */
export async function libpqEnvironment(
  settings: ConnectionSettings,
  options: {
    readonly env: Environment;
    readonly database?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly applicationName: ApplicationName;
  },
): Promise<LibpqEnvironment> {
  const startup = [settings.options ?? "", commandLineOptions(options.parameters ?? {})].filter(
    (text) => text !== "",
  );
  const folder = await writePassfile(settings, options.env);
  return {
    variables: present({
      PGHOST: settings.hosts.map(({ host }) => host).join(","),
      PGHOSTADDR: settings.hosts.some(({ address }) => address !== undefined)
        ? settings.hosts.map(({ address }) => address ?? "").join(",")
        : undefined,
      PGPORT: settings.hosts.map(({ port }) => String(port)).join(","),
      PGUSER: settings.user,
      PGDATABASE: options.database ?? settings.database,
      PGAPPNAME: shownApplicationName(options.applicationName),
      PGPASSFILE: folder === undefined ? undefined : join(folder.path, "passfile"),
      PGSSLMODE: settings.sslmode,
      PGSSLNEGOTIATION: settings.sslnegotiation,
      PGSSLROOTCERT: settings.sslrootcert,
      PGSSLCERT: settings.sslcert,
      PGSSLKEY: settings.sslkey,
      PGSSLCRL: settings.sslcrl,
      PGSSLSNI: settings.sslsni === false ? "0" : undefined,
      PGSSLMINPROTOCOLVERSION: settings.sslMinVersion,
      PGSSLMAXPROTOCOLVERSION: settings.sslMaxVersion,
      PGCHANNELBINDING: settings.channelBinding,
      PGGSSENCMODE: "disable",
      PGCONNECT_TIMEOUT: String(settings.connectTimeoutSeconds ?? 10),
      PGTARGETSESSIONATTRS: settings.targetSessionAttrs,
      PGOPTIONS: startup.length === 0 ? undefined : startup.join(" "),
      PGCLIENTENCODING: "UTF8",
      PGTZ: "UTC",
    }),
    async [Symbol.asyncDispose]() {
      await folder?.[Symbol.asyncDispose]();
    },
  };
}

async function writePassfile(
  settings: ConnectionSettings,
  env: Environment,
): Promise<OwnedFolder | undefined> {
  // Sockets last: their line fits every host.
  const hosts = settings.hosts.toSorted(
    (left, right) => Number(left.host.startsWith("/")) - Number(right.host.startsWith("/")),
  );
  const lines = hosts.flatMap((host) => {
    const password = passwordFor(settings, host);
    if (password === undefined || password === "") return [];
    if (/[\r\n]/.test(password)) {
      throw new OpsError(
        "bad-usage",
        "the password has a line break, which a password file cannot hold",
        "change the password",
      );
    }
    return [passfileLine({ ...host, user: settings.user }, password)];
  });
  if (lines.length === 0) return undefined;
  const folder = await openOwnedFolder(env);
  await writeFile(join(folder.path, "passfile"), lines.join(""), { mode: 0o600, flag: "wx" });
  return folder;
}

function present(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
