import { readFileSync } from "node:fs";
import { credsAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";
import type { Authenticator, NodeConnectionOptions } from "@nats-io/transport-node";
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
  const servers = hosts.split(",");
  for (const each of servers)
    if (!URL.canParse(`nats://${each}`) || new URL(`nats://${each}`).host === "")
      throw badUrl(target, `${JSON.stringify(each)} is no host[:port]`);
  return {
    options: {
      servers,
      ...readLogin(login, target),
      ...readKeys(given, target),
      ...readTls(scheme, given),
    },
    apiPrefix: domain === null ? "$JS.API" : `$JS.${domain}.API`,
    domain,
  };
}

function readLogin(login: string | undefined, target: string): NodeConnectionOptions {
  if (login === undefined || login === "") return {};
  const [user = "", ...rest] = login.split(":").map((part) => decoded(part, target));
  return rest.length === 0 ? { token: user } : { user, pass: rest.join(":") };
}

function decoded(text: string, target: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl(target, "it holds a % that begins no byte: write it as %25");
  }
}

function readKeys(given: URLSearchParams, target: string): NodeConnectionOptions {
  const creds = given.get("creds");
  const nkey = given.get("nkey");
  if (creds !== null)
    return {
      authenticator: signing(
        credsAuthenticator(readBytes(creds)),
        badUrl(target, `${creds} holds no credentials`),
      ),
    };
  if (nkey === null) return {};
  const seed = new TextDecoder().decode(readBytes(nkey)).trim();
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed));
  return { authenticator: signing(authenticator, badUrl(target, `${nkey} holds no seed of an nkey`)) };
}

/** The client would find out while it connects, and take it for a server that cannot be reached. */
function signing(authenticator: Authenticator, otherwise: OpsError): Authenticator {
  try {
    authenticator("nonce");
    return authenticator;
  } catch {
    throw otherwise;
  }
}

function readTls(scheme: string, given: URLSearchParams): NodeConnectionOptions {
  const caFile = given.get("ca");
  const certFile = given.get("cert");
  const keyFile = given.get("key");
  for (const file of [caFile, certFile, keyFile]) if (file !== null) readBytes(file);
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
      `cannot read ${path}`,
      "the parameters of a NATS target name files that custody may read",
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
