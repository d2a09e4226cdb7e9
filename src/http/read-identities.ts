import type { HttpSection } from "../chokepoint/faces.ts";

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
