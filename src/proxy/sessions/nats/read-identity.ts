import { findOption, textOption } from "../../../wire/nats/read-options.ts";
import type { Options } from "../../../wire/nats/read-options.ts";

/** Who a client says it is in CONNECT; its password, token and signature are not looked at. */
export interface NatsIdentity {
  /** The user, else what its JWT names, else its public key; empty with a token or with nothing. */
  readonly role: string;
  /** Everything else that it could be known by. */
  readonly otherRoles: readonly string[];
  readonly applicationName: string;
  /** Wants `+OK` for each message. */
  readonly isVerbose: boolean;
}

/** Null: an option is not what the server takes. */
export function readIdentity(options: Options): NatsIdentity | null {
  const [user, jwt, nkey, name] = ["user", "jwt", "nkey", "name"].map((each) => textOption(options, each));
  if (typeof user !== "string" || typeof jwt !== "string") return null;
  if (typeof nkey !== "string" || typeof name !== "string") return null;
  const claims = jwt === "" ? {} : readClaims(jwt);
  if (claims === null) return null;
  const known = [user, claims.name ?? "", claims.sub ?? "", nkey].filter((each) => each !== "");
  const [role = "", ...others] = [...new Set(known)];
  return {
    role,
    otherRoles: others,
    applicationName: name,
    isVerbose: findOption(options, "verbose") === true,
  };
}

/** What a JWT says of its bearer (ADR-14): the server checks that it is so. */
function readClaims(jwt: string): { readonly name?: string; readonly sub?: string } | null {
  const [, body = ""] = jwt.split(".");
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  if (typeof claims !== "object" || claims === null) return null;
  const name = "name" in claims && typeof claims.name === "string" ? { name: claims.name } : {};
  const sub = "sub" in claims && typeof claims.sub === "string" ? { sub: claims.sub } : {};
  return { ...name, ...sub };
}
