import { readFileSync } from "node:fs";
import { OpsError } from "../../errors.ts";

/** Where a Redis server is and as whom it is spoken to. Holds secrets: never shown but through `display`. */
export interface Address {
  readonly place:
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "socket"; readonly path: string };
  readonly tls: Tls | null;
  /** Without one the server takes the password for `default`. */
  readonly user: string | null;
  readonly password: string | null;
  /** Where custody keeps its locks and marks. */
  readonly database: number;
  /** Without user, password and parameters. */
  readonly display: string;
}

/** PEM, where the URL names files; the system's authorities without. */
export interface Tls {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

const parameters = new Set(["db", "cacert", "cert", "key"]);

/**
 * `redis[s]://[user[:password]@]host[:port][/db]` (the IANA registrations `redis` and `rediss`) or
 * `unix://[user[:password]@]/path/of/socket[?db=N]`. `rediss` takes `cacert`, `cert` and `key`: PEM files, as redis-cli's options of
 * these names. Throws `bad-config`, and `file-unreadable` for a file that it names.
 */
export function parseAddress(text: string): Address {
  return text.startsWith("unix:") ? parseSocket(text) : parseTcp(text);
}

/** No URL of the WHATWG: it has credentials and no host. */
const socketForm =
  /^unix:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<path>\/[^?#]+)(?:\?(?<query>.*))?$/;

function parseSocket(text: string): Address {
  const { user, password, path, query } = socketForm.exec(text)?.groups ?? {};
  if (path === undefined) throw bad("names no path of a socket");
  const given = new URLSearchParams(query ?? "");
  requireKnown(given);
  return {
    place: { kind: "socket", path: decoded(path) },
    tls: null,
    user: user ? decoded(user) : null,
    password: password ? decoded(password) : null,
    database: databaseOf(given.get("db") ?? ""),
    display: decoded(path),
  };
}

function parseTcp(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw bad("is no URL");
  if (url.protocol !== "redis:" && url.protocol !== "rediss:")
    throw bad("has a scheme that is not redis, rediss or unix");
  requireKnown(url.searchParams);
  const host = url.hostname.replace(/^\[|\]$/g, "") || "localhost";
  const port = url.port === "" ? 6379 : Number(url.port);
  return {
    place: { kind: "tcp", host: decoded(host), port },
    tls: url.protocol === "rediss:" ? tlsOf(url.searchParams) : null,
    user: url.username === "" ? null : decoded(url.username),
    password: url.password === "" ? null : decoded(url.password),
    database: databaseOf(url.searchParams.get("db") ?? url.pathname.slice(1)),
    display: `${host}:${port}`,
  };
}

function requireKnown(given: URLSearchParams): void {
  for (const name of given.keys())
    if (!parameters.has(name)) throw bad(`has a parameter that is not known: ${name}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad("holds a % that begins no byte: write it as %25");
  }
}

function databaseOf(text: string): number {
  if (text === "") return 0;
  if (!/^\d{1,9}$/.test(text)) throw bad(`names a database that is no number: ${text}`);
  return Number(text);
}

function tlsOf(given: URLSearchParams): Tls {
  const read = (name: string): string | null => {
    const path = given.get(name);
    if (path === null) return null;
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      throw new OpsError("file-unreadable", `cannot read ${path}`, `check the parameter ${name} of the URL`, {
        cause,
      });
    }
  };
  return { ca: read("cacert"), cert: read("cert"), key: read("key") };
}

/** The URL itself may hold a password: it is not in the message. */
function bad(why: string): OpsError {
  return new OpsError(
    "bad-config",
    `the URL of a Redis target ${why}`,
    "write redis[s]://[user[:password]@]host[:port][/db] or unix:///path/of/socket[?db=N]",
  );
}
