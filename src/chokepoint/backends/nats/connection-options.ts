import { readFileSync } from "node:fs";
import { credsAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";
import type { Authenticator, NodeConnectionOptions } from "@nats-io/transport-node";
import { OpsError } from "../../../errors.ts";
import { badNatsUrl, parseNatsUrl } from "../../addresses/nats.ts";
import type { NatsAddress } from "../../addresses/nats.ts";

/** What a target's URL says, beyond the client's options. */
export interface NatsPlace {
  readonly options: NodeConnectionOptions;
  /** JetStream's own prefix: `$JS.API`, or `$JS.<domain>.API`. */
  readonly apiPrefix: string;
  readonly domain: string | null;
}

/** Reads a target's URL (`parseNatsUrl`), and the files that it names. Throws `bad-config` and `file-unreadable`; neither shows what it holds. */
export function readNatsUrl(url: string, target: string): NatsPlace {
  const address = parseNatsUrl(url, target);
  const { domain } = address;
  return {
    options: {
      servers: [...address.servers],
      ...readLogin(address),
      ...readKeys(address, target),
      ...readTls(address),
    },
    apiPrefix: domain === null ? "$JS.API" : `$JS.${domain}.API`,
    domain,
  };
}

function readLogin({ login: [user, ...rest] }: NatsAddress): NodeConnectionOptions {
  if (user === undefined) return {};
  return rest.length === 0 ? { token: user } : { user, pass: rest.join(":") };
}

function readKeys({ creds, nkey }: NatsAddress, target: string): NodeConnectionOptions {
  if (creds !== null)
    return {
      authenticator: signing(
        credsAuthenticator(readBytes(creds)),
        badNatsUrl(target, `${creds} holds no credentials`),
      ),
    };
  if (nkey === null) return {};
  const seed = new TextDecoder().decode(readBytes(nkey)).trim();
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed));
  return { authenticator: signing(authenticator, badNatsUrl(target, `${nkey} holds no seed of an nkey`)) };
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

function readTls({ isTls, ca, cert, key }: NatsAddress): NodeConnectionOptions {
  for (const file of [ca, cert, key]) if (file !== null) readBytes(file);
  if (!isTls && ca === null && cert === null) return {};
  return {
    tls: {
      ...(ca === null ? {} : { caFile: ca }),
      ...(cert === null ? {} : { certFile: cert }),
      ...(key === null ? {} : { keyFile: key }),
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
