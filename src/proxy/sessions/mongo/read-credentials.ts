import { bytesOf, find, textOf } from "../../../wire/mongo/bson.ts";
import type { Element } from "../../../wire/mongo/bson.ts";
import type { Command } from "../../../wire/mongo/read-message.ts";

/** Who wants in, by the first message of a conversation that proves it. */
export interface Credentials {
  readonly role: string;
  /** Everybody else that it names or that a server could take it for. */
  readonly otherRoles: readonly string[];
  /** The database that knows the user. */
  readonly database: string;
}

const hellos: ReadonlySet<string> = new Set(["hello", "isMaster", "ismaster"]);

export function isHello(name: string): boolean {
  return hellos.has(name);
}

/**
 * Whom a command logs in: saslStart, authenticate, and a hello that does either in advance (`speculativeAuthenticate`). Null: nobody. `unknown`: somebody, by a
 * mechanism that does not say who in its first message. Throws `MalformedBson`. `certificate`: the client's own.
 */
export function readCredentials(
  { name, body, database }: Command,
  certificate: string | null,
): Credentials | "unknown" | null {
  if (isHello(name)) {
    const attempt = find(body, "speculativeAuthenticate");
    return attempt === null
      ? null
      : readAttempt(attempt, textOf(find(attempt, "db")) ?? database, certificate);
  }
  return name === "saslStart" || name === "authenticate" ? readAttempt(body, database, certificate) : null;
}

function readAttempt(
  attempt: Element,
  database: string,
  certificate: string | null,
): Credentials | "unknown" {
  const mechanism = textOf(find(attempt, "mechanism")) ?? "";
  if (find(attempt, "saslStart") === null) {
    const user = textOf(find(attempt, "user")) ?? certificate;
    return user === null ? "unknown" : credentials(user, [commonName(user)], database);
  }
  const payload = bytesOf(find(attempt, "payload"))?.toString("utf8") ?? "";
  if (mechanism === "PLAIN") {
    const [authorized = "", user = ""] = payload.split("\0");
    return user === "" ? "unknown" : credentials(user, [authorized], database);
  }
  return /^SCRAM-SHA-(?:1|256)$/.test(mechanism) ? readScram(payload, database) : "unknown";
}

/** `n,,n=user,r=nonce` (RFC 5802 section 7), with `=2C` for a comma and `=3D` for an equals sign. */
function readScram(payload: string, database: string): Credentials | "unknown" {
  const [, authorized = "", user] =
    /^(?:n|y|p=[^,]*),(?:a=([^,]*))?,(?:m=[^,]*,)?n=([^,]*),r=/.exec(payload) ?? [];
  return user === undefined ? "unknown" : credentials(unescape(user), [unescape(authorized)], database);
}

function unescape(name: string): string {
  return name.replaceAll(/=2C/gi, ",").replaceAll(/=3D/gi, "=");
}

/** A server that prepares names (SASLprep, RFC 4013) takes one name for another: both are asked for. */
function credentials(role: string, others: readonly string[], database: string): Credentials {
  const all = new Set([role, ...others].flatMap((each) => [each, prepared(each)]));
  all.delete(role);
  all.delete("");
  return { role, otherRoles: [...all], database };
}

function prepared(name: string): string {
  return name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "").normalize("NFKC");
}

/** Of a subject as MONGODB-X509 has it: `CN=app,OU=shop`. */
function commonName(subject: string): string {
  return /(?:^|,)\s*CN=([^,]*)/i.exec(subject)?.[1] ?? "";
}
