import { OpsError } from "../errors.ts";
import type { Parameters } from "./keywords.ts";
import { setParameter } from "./set-parameter.ts";

/**
 * libpq's URI form, `postgres[ql]://[user[:password]@][host[:port],…][/dbname][?name=value&…]`, by libpq's own rules
 * (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS): each part may be empty, a host may
 * be a percent-encoded directory, a parameter of the query wins over what stands before it.
 */
export function parseUri(text: string): Parameters {
  const parameters: Parameters = {};
  const rest = text.slice(text.indexOf("://") + 3);
  const userEnd = endOfUser(rest);
  // Such as postgres://user:/secret@host: libpq would take what was meant as a password for a database.
  if (userEnd < 0 && /^[^/?]*:[/?].*@/.test(rest))
    throw malformed("a password with a / that is not percent-encoded");
  if (userEnd >= 0) readUser(rest.slice(0, userEnd), parameters);
  const afterUser = rest.slice(userEnd + 1);
  const queryStart = afterUser.indexOf("?");
  const path = queryStart < 0 ? afterUser : afterUser.slice(0, queryStart);
  const slash = path.indexOf("/");
  readHosts(slash < 0 ? path : path.slice(0, slash), parameters);
  if (slash >= 0) set(parameters, "dbname", path.slice(slash + 1));
  if (queryStart >= 0) readQuery(afterUser.slice(queryStart + 1), parameters);
  return parameters;
}

/** The `@` that ends the user, or -1: it counts only before the first `/`. */
function endOfUser(rest: string): number {
  const at = rest.indexOf("@");
  const slash = rest.indexOf("/");
  return slash >= 0 && slash < at ? -1 : at;
}

function readUser(text: string, parameters: Parameters): void {
  const colon = text.indexOf(":");
  set(parameters, "user", colon < 0 ? text : text.slice(0, colon));
  if (colon >= 0) set(parameters, "password", text.slice(colon + 1));
}

function readHosts(text: string, parameters: Parameters): void {
  const hosts: string[] = [];
  const ports: string[] = [];
  let rest = text;
  for (;;) {
    const host = hostAt(rest);
    hosts.push(host.name);
    rest = rest.slice(host.length);
    const port = /^:([^,]*)/.exec(rest);
    ports.push(port?.[1] ?? "");
    rest = rest.slice(port?.[0].length ?? 0);
    if (!rest.startsWith(",")) break;
    rest = rest.slice(1);
  }
  set(parameters, "host", hosts.join(","));
  if (ports.some((port) => port !== "")) set(parameters, "port", ports.join(","));
}

function hostAt(text: string): { readonly name: string; readonly length: number } {
  if (!text.startsWith("[")) {
    const name = /^[^:,]*/.exec(text)?.[0] ?? "";
    return { name, length: name.length };
  }
  const end = text.indexOf("]");
  const next = text.charAt(end + 1);
  if (end < 2 || (next !== "" && next !== ":" && next !== ",")) {
    throw malformed("an IPv6 address that is not in [brackets]");
  }
  return { name: text.slice(1, end), length: end + 1 };
}

function readQuery(text: string, parameters: Parameters): void {
  if (text === "") return;
  for (const pair of text.split("&")) {
    const [name, value, ...more] = pair.split("=");
    if (name === undefined || value === undefined || more.length > 0) {
      throw malformed("a parameter that is not name=value");
    }
    // JDBC's spelling, which libpq takes too.
    if (name === "ssl" && value === "true") setParameter(parameters, "sslmode", "require");
    else setParameter(parameters, decode(name), decode(value));
  }
}

function set(parameters: Parameters, name: keyof Parameters, encoded: string): void {
  if (encoded !== "") setParameter(parameters, name, decode(encoded));
}

/** Percent-decoding by libpq's rules: `+` is a plus, and NUL is refused. */
function decode(text: string): string {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-f]{2})/i.test(text) || text.includes("%00")) {
    throw malformed("a % that is not followed by the two hexadecimal digits of a character");
  }
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed("a percent-encoded character that is not UTF-8");
  }
}

function malformed(what: string): OpsError {
  return new OpsError(
    "bad-usage",
    `the database URL has ${what}`,
    "write postgres://user:password@host:5432/database?name=value; other characters are percent-encoded (% is %25, @ is %40, / is %2F)",
  );
}
