import type { HttpSection } from "../chokepoint/faces.ts";
import { OpsError } from "../errors.ts";
import { isLocal, parseListen } from "./listen-place.ts";

export type Scope = "request" | "read" | "approve";

/** What a route asks for: a scope, several at once, any of them, or nobody's name at all. */
export type Demand = Scope | readonly Scope[] | "any" | null;

/** Somebody who may ask, and for what. */
export interface Identity {
  readonly name: string;
  /** Null: a machine. */
  readonly person: string | null;
  readonly scopes: readonly Scope[];
  /** Null: all. */
  readonly targets: readonly string[] | null;
  /** What shows that it is they. */
  readonly key: { readonly sha256: Buffer } | { readonly commonName: string };
}

/** Who asks where nobody is asked who they are: no person, whoever it is. */
export const anonymous: Omit<Identity, "key"> = {
  name: "anonymous",
  person: null,
  scopes: ["request", "read", "approve"],
  targets: null,
};

/** Empty: nobody is asked who they are. */
export function readIdentities(http: HttpSection): readonly Identity[] {
  const tokens = (http.tokens ?? []).map((each) => ({
    ...describe(each),
    key: { sha256: Buffer.from(each.sha256, "hex") },
  }));
  const clients = (http.clients ?? []).map((each) => ({
    ...describe(each),
    key: { commonName: each.common_name },
  }));
  return [...tokens, ...clients];
}

type Section = NonNullable<HttpSection["tokens"]>[number] | NonNullable<HttpSection["clients"]>[number];

function describe({ name, person, scopes, targets }: Section): Omit<Identity, "key"> {
  return { name, person: person ?? null, scopes, targets: targets ?? null };
}

/** See `Faces.checkApi`. */
export function checkApi(http: HttpSection, targets: readonly string[]): readonly string[] {
  const identities = readIdentities(http);
  const place = parseListen(http.listen);
  const listed = new Set<string>();
  for (const { name, targets: only, key } of identities) {
    if (listed.has(name)) throw badConfig(`http: ${name} is there twice`, "give each its own name");
    listed.add(name);
    if (name === anonymous.name)
      throw badConfig("http: nobody can be called anonymous", "give it another name");
    for (const target of only ?? []) {
      if (!targets.includes(target))
        throw badConfig(
          `http: ${name} is limited to ${target}, and no target is named so`,
          "correct the name",
        );
    }
    if ("commonName" in key && http.tls?.client_ca === undefined)
      throw badConfig(
        `http.clients: ${name} cannot show a certificate without http.tls.client_ca`,
        "name the authority that signs the certificates of clients: client_ca: file:ca.crt",
      );
  }
  const digests = (http.tokens ?? []).map(({ sha256 }) => sha256.toLowerCase());
  if (new Set(digests).size < digests.length)
    throw badConfig("http.tokens: two of them are the same token", "make one for each: openssl rand -hex 32");
  if (identities.length === 0 && !isLocal(place))
    throw badConfig(
      `http.listen ${http.listen ?? ""} can be reached from other machines, and asks nobody who they are`,
      "listen on 127.0.0.1, or add http.tokens",
    );
  return [
    ...(identities.length === 0
      ? [
          "http: there are no tokens: whoever can reach it may ask, and is called anonymous; nobody can approve",
        ]
      : []),
    ...(identities.length > 0 && http.tls === undefined && !isLocal(place)
      ? [`http.listen ${http.listen ?? ""}: tokens cross the network in clear without http.tls`]
      : []),
    ...(identities.length > 0 && !identities.some(({ person }) => person !== null)
      ? ["http: no token or client has a person: nobody can approve what is held"]
      : []),
  ];
}

function badConfig(message: string, hint: string): OpsError {
  return new OpsError("bad-config", message, hint);
}
