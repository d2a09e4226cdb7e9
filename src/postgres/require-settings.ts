import type { ConnectionSettings, Environment } from "./connection-settings.ts";
import { resolveSettings } from "./settings.ts";
import { tlsFiles } from "./tls-files.ts";

/**
 * As `resolveSettings`, and the files that TLS needs can be read: all that can be wrong before a server is asked. Throws `bad-usage`,
 * `file-unreadable`.
 */
export async function requireSettings(dbUrl: string, env: Environment): Promise<ConnectionSettings> {
  const settings = await resolveSettings(dbUrl, env);
  const isRemote = settings.hosts.some(({ host }) => !host.startsWith("/"));
  if (isRemote && settings.sslmode !== "disable") await tlsFiles(settings);
  return settings;
}
