import type { CheckedApi, HttpSection } from "../chokepoint/faces.ts";
import { OpsError } from "../errors.ts";
import { requireSocketPlace } from "../run/require-socket-place.ts";
import { requireTls } from "./check-tls.ts";
import { isLocal, parseListen } from "./listen-place.ts";
import type { ListenPlace } from "./listen-place.ts";
import { anonymous, readIdentities } from "./read-identities.ts";
import type { Identity } from "./read-identities.ts";

/** See `Faces.checkApi`. */
export function checkApi(http: HttpSection, targets: readonly string[]): CheckedApi {
  const identities = readIdentities(http);
  const place = parseListen(http.listen);
  return {
    problems: [
      ...identities.flatMap((each, index) => judgeIdentity(each, identities.slice(0, index), http, targets)),
      ...judgeTokens(http),
      ...caught(() => {
        if (place.kind === "unix") requireSocketPlace(place.path, "http.listen");
      }),
      ...caught(() => {
        if (http.tls !== undefined) requireTls(http.tls);
      }),
      ...(identities.length === 0 && !isLocal(place)
        ? [
            badConfig(
              `http.listen ${http.listen ?? ""} can be reached from other machines, and asks nobody who they are`,
              "listen on 127.0.0.1, or add http.tokens",
            ),
          ]
        : []),
    ],
    open: nameWhatIsOpen(http, identities, place),
  };
}

function judgeIdentity(
  { name, targets: only, key }: Identity,
  before: readonly Identity[],
  http: HttpSection,
  targets: readonly string[],
): readonly OpsError[] {
  return [
    ...(before.some((each) => each.name === name)
      ? [badConfig(`http: ${name} is there twice`, "give each its own name")]
      : []),
    ...(name === anonymous.name
      ? [badConfig("http: nobody can be called anonymous", "give it another name")]
      : []),
    ...(only ?? [])
      .filter((target) => !targets.includes(target))
      .map((target) =>
        badConfig(
          `http: ${name} is limited to ${target}, and no target is named so`,
          "correct the name of the target",
        ),
      ),
    ...("commonName" in key && http.tls?.client_ca === undefined
      ? [
          badConfig(
            `http.clients: ${name} cannot show a certificate without http.tls.client_ca`,
            "name the authority that signs the certificates of clients: client_ca: file:ca.crt",
          ),
        ]
      : []),
  ];
}

function judgeTokens({ tokens = [] }: HttpSection): readonly OpsError[] {
  const digests = tokens.map(({ sha256 }) => sha256.toLowerCase());
  if (new Set(digests).size === digests.length) return [];
  return [
    badConfig("http.tokens: two of them are the same token", "make one for each: openssl rand -hex 32"),
  ];
}

function nameWhatIsOpen(
  http: HttpSection,
  identities: readonly Identity[],
  place: ListenPlace,
): readonly string[] {
  return [
    ...(http.listen === undefined
      ? ["http.listen is not given: nobody can ask for a drop, and nothing serves metrics"]
      : []),
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

function caught(check: () => void): readonly OpsError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof OpsError) return [error];
    throw error;
  }
}

function badConfig(message: string, hint: string): OpsError {
  return new OpsError("bad-config", message, hint);
}
