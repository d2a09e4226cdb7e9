import { existsSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../errors.ts";
import type { Host } from "./connection-settings.ts";
import type { Parameters } from "./keywords.ts";
import { socketDirectories } from "./passfile.ts";

const defaultPort = 5432;

/** The lists of `host`, `hostaddr` and `port`, matched up as libpq does: one port may stand for all hosts. */
export function parseHosts(given: Parameters): readonly Host[] {
  const names = given.host?.split(",");
  const addresses = given.hostaddr?.split(",");
  const ports = given.port?.split(",") ?? [""];
  const count = names?.length ?? addresses?.length ?? 1;
  if (names !== undefined && addresses !== undefined && names.length !== addresses.length) {
    throw mismatch(`${names.length} hosts but ${addresses.length} host addresses`);
  }
  if (ports.length !== 1 && ports.length !== count)
    throw mismatch(`${count} hosts but ${ports.length} ports`);
  return Array.from({ length: count }, (_, index) => {
    const port = parsePort(ports.length === 1 ? ports[0] : ports[index]);
    const address = addresses?.[index] || undefined;
    if (names?.[index]?.includes("@") === true && !names[index]?.startsWith("/")) throw strayPassword();
    const host = names?.[index] || address || defaultSocketDirectory(port);
    return address === undefined ? { host, port } : { host, port, address };
  });
}

/** The file of a server's Unix socket. */
export function socketPath(directory: string, port: number): string {
  return join(directory, `.s.PGSQL.${port}`);
}

/** Where a server of this machine listens: the directory that has the socket, else the first that exists. */
function defaultSocketDirectory(port: number): string {
  return (
    socketDirectories.find((directory) => existsSync(socketPath(directory, port))) ??
    socketDirectories.find((directory) => existsSync(directory)) ??
    "/tmp"
  );
}

function parsePort(text: string | undefined): number {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return defaultPort;
  const port = /^\d{1,5}$/.test(trimmed) ? Number(trimmed) : 0;
  if (port >= 1 && port <= 65535) return port;
  // The text is not repeated: in a URL without @ it may be a password.
  throw new OpsError(
    "bad-usage",
    "the database URL has a port that is not a number from 1 to 65535",
    "write postgres://user:password@host:5432/database; a / or @ in the password is percent-encoded (%2F, %40)",
  );
}

/** No host has an @: it is the end of a password. The text is not repeated. */
function strayPassword(): OpsError {
  return new OpsError(
    "bad-usage",
    "the database URL has an @ in a host",
    "an @ in the password is percent-encoded: %40",
  );
}

function mismatch(what: string): OpsError {
  return new OpsError(
    "bad-usage",
    `the database URL has ${what}`,
    "give one for each host, or one port for all",
  );
}
