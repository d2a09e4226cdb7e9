import { OpsError } from "../../errors.ts";

/** What a NATS target's URL says; files are named, not read. */
export interface NatsAddress {
  /** TLS is insisted on (`tls://`); `nats://` takes it where the server asks for it, or where one of the files is named. */
  readonly isTls: boolean;
  /** `host[:port]`; at least one. */
  readonly servers: readonly string[];
  /** Decoded; one alone is a token. Empty: nobody. Secret. */
  readonly login: readonly string[];
  readonly domain: string | null;
  readonly creds: string | null;
  readonly nkey: string | null;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

const parameters = ["domain", "creds", "nkey", "ca", "cert", "key"] as const;

/**
 * Reads `nats://[user[:password]@]host[:port][,host[:port]…][?domain=…&creds=FILE&nkey=FILE&ca=FILE&cert=FILE&key=FILE]`; `tls://`
 * insists on TLS, a user without a password is a token. Throws `bad-config`, which does not show what the URL holds.
 */
export function parseNatsUrl(url: string, target: string): NatsAddress {
  const match = /^(nats|tls):\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/.exec(url);
  if (match === null) throw badNatsUrl(target, "it is not nats://[user:password@]host[:port][,…][?domain=…]");
  const [, scheme = "", login = "", hosts = "", query = ""] = match;
  const given = new URLSearchParams(query);
  for (const key of given.keys())
    if (!parameters.some((each) => each === key))
      throw badNatsUrl(target, `it has a parameter ${key}; ${parameters.join(", ")} are known`);
  const domain = given.get("domain");
  if (domain !== null && !/^[A-Za-z0-9_-]+$/.test(domain))
    throw badNatsUrl(target, "its domain is not of letters, digits, _ and -");
  const servers = hosts.split(",");
  for (const each of servers)
    if (!URL.canParse(`nats://${each}`) || new URL(`nats://${each}`).host === "")
      throw badNatsUrl(target, `${JSON.stringify(each)} is no host[:port]`);
  const [ca, cert, key] = [given.get("ca"), given.get("cert"), given.get("key")];
  return {
    isTls: scheme === "tls",
    servers,
    login: login === "" ? [] : login.split(":").map((part) => decoded(part, target)),
    domain,
    creds: given.get("creds"),
    nkey: given.get("nkey"),
    ca,
    cert,
    key,
  };
}

function decoded(text: string, target: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badNatsUrl(target, "it holds a % that begins no byte: write it as %25");
  }
}

export function badNatsUrl(target: string, why: string): OpsError {
  return new OpsError(
    "bad-config",
    `the url of target ${target} cannot be used: ${why}`,
    "see docs/drop-nats.md",
  );
}
