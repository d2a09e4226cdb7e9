import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import type { ConnectionSettings, Host } from "./connection-settings.ts";
import { tlsFiles } from "./tls-files.ts";

/** What `node:tls` is told so that it checks what libpq would. Throws `file-unreadable`, `bad-usage`. */
export async function tlsOptions(host: Host, settings: ConnectionSettings): Promise<ConnectionOptions> {
  const files = await tlsFiles(settings);
  const checksName = settings.sslmode === "verify-full";
  const checksChain =
    checksName ||
    settings.sslmode === "verify-ca" ||
    (files.ca !== undefined && settings.sslmode === "require");
  return {
    ...files,
    ...(settings.sslsni === false || isIP(host.host) !== 0 ? {} : { servername: host.host }),
    ...(settings.sslnegotiation === "direct" ? { ALPNProtocols: ["postgresql"] } : {}),
    // libpq's own least version.
    minVersion: settings.sslMinVersion ?? "TLSv1.2",
    ...(settings.sslMaxVersion === undefined ? {} : { maxVersion: settings.sslMaxVersion }),
    rejectUnauthorized: checksChain,
    checkServerIdentity: (_, certificate) =>
      checksName ? checkServerIdentity(host.host, certificate) : undefined,
  };
}
