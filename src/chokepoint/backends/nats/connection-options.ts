import { readFileSync } from "node:fs";
import { credsAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { OpsError } from "../../../errors.ts";

/** What a target's URL says, beyond the client's options. */
export interface NatsPlace {
  readonly options: NodeConnectionOptions;
  /** JetStream's own prefix: `$JS.API`, or `$JS.<domain>.API`. */
  readonly apiPrefix: string;
  readonly domain: string | null;
}

const parameters = ["domain", "creds", "nkey", "ca", "cert", "key"] as const;

/**
 * Reads `nats://[user[:password]@]host[:port][,host[:port]…][?domain=…&creds=FILE&nkey=FILE&ca=FILE&cert=FILE&key=FILE]`; `tls://`
 * insists on TLS, a user without a password is a token. The files are read here. Throws `bad-config` and `file-unreadable`; neither
 * shows what the URL holds.
 */
export function readNatsUrl(url: string, target: string): NatsPlace {
  const match = /^(nats|tls):\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/.exec(url);
  if (match === null) throw badUrl(target, "it is not nats://[user:password@]host[:port][,…][?domain=…]");
  const [, scheme = "", login, hosts = "", query = ""] = match;
  const given = new URLSearchParams(query);
  for (const key of given.keys())
    if (!parameters.some((each) => each === key))
      throw badUrl(target, `it has a parameter ${key}; ${parameters.join(", ")} are known`);
  const domain = given.get("domain");
  if (domain !== null && !/^[A-Za-z0-9_-]+$/.test(domain))
    throw badUrl(target, "its domain is not of letters, digits, _ and -");
  return {
    options: {
      servers: hosts.split(","),
      ...readLogin(login),
      ...readKeys(given),
      ...readTls(scheme, given),
    },
    apiPrefix: domain === null ? "$JS.API" : `$JS.${domain}.API`,
    domain,
  };
}

function readLogin(login: string | undefined): NodeConnectionOptions {
  if (login === undefined || login === "") return {};
  const [user = "", ...rest] = login.split(":").map((part) => decodeURIComponent(part));
  return rest.length === 0 ? { token: user } : { user, pass: rest.join(":") };
}

function readKeys(given: URLSearchParams): NodeConnectionOptions {
  const creds = given.get("creds");
  const nkey = given.get("nkey");
  if (creds !== null) return { authenticator: credsAuthenticator(readBytes(creds)) };
  if (nkey === null) return {};
  const seed = new TextDecoder().decode(readBytes(nkey)).trim();
  return { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) };
}

function readTls(scheme: string, given: URLSearchParams): NodeConnectionOptions {
  const caFile = given.get("ca");
  const certFile = given.get("cert");
  const keyFile = given.get("key");
  if (scheme !== "tls" && caFile === null && certFile === null) return {};
  return {
    tls: {
      ...(caFile === null ? {} : { caFile }),
      ...(certFile === null ? {} : { certFile }),
      ...(keyFile === null ? {} : { keyFile }),
    },
  };
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new OpsError(
      "file-unreadable",
      `cannot read the key file ${path}`,
      "creds= and nkey= of a NATS target name files that custody may read",
      { cause },
    );
  }
}

function badUrl(target: string, why: string): OpsError {
  return new OpsError(
    "bad-config",
    `the url of target ${target} cannot be used: ${why}`,
    "see docs/drop-nats.md",
  );
}
