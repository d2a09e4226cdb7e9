import { createHash, timingSafeEqual } from "node:crypto";
import type { Identity } from "./read-identities.ts";

/** What a connection and the head of a request say of who asks. */
export interface Credentials {
  readonly authorization: string | null;
  /** The common name of a client certificate that the configured authority vouches for. */
  readonly commonName: string | null;
}

/**
 * Who asks; null for nobody that is known. A bearer token, where one is shown, decides alone: a wrong one is not mended by a
 * certificate. Takes the same time for every token, right or wrong.
 */
export function identify(
  { authorization, commonName }: Credentials,
  identities: readonly Identity[],
): Identity | null {
  if (authorization !== null) return findByToken(authorization, identities);
  if (commonName === null) return null;
  return identities.find(({ key }) => "commonName" in key && key.commonName === commonName) ?? null;
}

function findByToken(authorization: string, identities: readonly Identity[]): Identity | null {
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1] ?? "";
  const digest = createHash("sha256").update(given).digest();
  let found: Identity | null = null;
  for (const each of identities) {
    const isSame = "sha256" in each.key && timingSafeEqual(digest, each.key.sha256);
    if (isSame && given !== "") found = each;
  }
  return found;
}
