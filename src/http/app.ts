import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Context } from "hono";
import { TLSSocket } from "node:tls";
import { redactSecrets } from "../commandline/redact.ts";
import { errorCodes, exitCodes, OpsError } from "../errors.ts";
import { showBug } from "../run/show-bug.ts";
import { unavailable } from "./drop-answer.ts";
import { identify } from "./identify.ts";
import { isLoopbackName } from "./listen-place.ts";
import { answerProblem, Problem } from "./problem.ts";
import { readJsonBody } from "./read-json-body.ts";
import { anonymous } from "./read-identities.ts";
import { refuseRepeatedFields } from "./refuse-repeated-fields.ts";
import type { Identity } from "./read-identities.ts";
import type { Asker, Route } from "./route.ts";
import { scopesOf } from "./scopes-of.ts";
import { createTokenBuckets } from "./token-bucket.ts";
import type { Rate } from "./token-bucket.ts";

export interface AppLimits {
  readonly bodyBytes: number;
  /** For each caller. */
  readonly requests: Rate;
  /** Wrong credentials, for each address. */
  readonly failures: Rate;
}

interface AppOptions {
  readonly routes: readonly Route[];
  /** As they are now. Empty: nobody is asked who they are. */
  readonly identities: () => readonly Identity[];
  readonly isTls: boolean;
  readonly limits: AppLimits;
  readonly warn: (message: string) => void;
}

type Env = { Bindings: HttpBindings };
type App = Hono<Env>;

/** Who asks is found out before anything else of a request is read; then the path, the method, the scope, the body. */
export function createApp({ routes, identities, isTls, limits, warn }: AppOptions): App {
  const app: App = new Hono();
  const requests = createTokenBuckets(limits.requests, { nowMs: () => performance.now() });
  const failures = createTokenBuckets(limits.failures, { nowMs: () => performance.now() });

  const findAsker = (context: Context<Env>): Asker => {
    const { authorization, host, origin } = headersOf(context);
    const known = identities();
    if (known.length === 0) {
      refuseBrowsers(host, origin);
      return anonymous;
    }
    const asker = identify({ authorization, commonName: commonNameOf(context) }, known);
    if (asker !== null) return asker;
    const wait = failures.take(peerOf(context));
    if (wait > 0) throw tooMany("too many wrong credentials from this address", wait);
    throw new Problem("unauthorized", "show a bearer token that is configured, or a client certificate", {
      headers: { "www-authenticate": 'Bearer realm="custody"', connection: "close" },
    });
  };

  const open = new Set(routes.filter(({ scope }) => scope === null).map(({ path }) => path));

  app.use(async (context, next) => {
    refuseRepeatedFields(context.env.incoming.rawHeaders);
    await next();
    secure(context.res.headers, isTls);
  });

  app.all("*", async (context) => {
    const path = new URL(context.req.url).pathname;
    const asker = open.has(path) ? anonymous : findAsker(context);
    if (!open.has(path)) {
      const wait = requests.take(`${asker.name} ${identities().length === 0 ? peerOf(context) : ""}`);
      if (wait > 0) throw tooMany(`too many requests by ${asker.name}`, wait);
    }
    const { route, params } = findRoute(routes, context.req.method, path);
    const missing = scopesOf(route.scope).find((scope) => !asker.scopes.includes(scope));
    if (missing !== undefined) throw new Problem("forbidden", `${asker.name} has not the scope ${missing}`);
    const answer = await route.answer({
      asker,
      caller: { name: asker.name, person: asker.person, peer: peerOf(context), protocol: "http" },
      params,
      query: new URL(context.req.url).searchParams,
      headers: context.req.raw.headers,
      readBody: () => readJsonBody(context.req.raw, limits.bodyBytes),
      signal: context.req.raw.signal,
    });
    if (context.req.method !== "HEAD") return answer;
    // A stream that nobody reads would be followed for ever.
    await answer.body?.cancel();
    return new Response(null, answer);
  });

  app.onError((error) => {
    const answer = answerProblem(toProblem(error, warn));
    secure(answer.headers, isTls);
    return answer;
  });
  return app;
}

function toProblem(error: Error, warn: (message: string) => void): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OpsError) {
    const isUsage = errorCodes[error.code] === exitCodes.usage;
    const detail = redactSecrets(`${error.message}: ${error.hint}`);
    return isUsage ? new Problem("invalid", detail) : unavailable(detail);
  }
  // Whoever went away needs no answer; what is broken is told to people, and to the caller only that it is.
  warn(`http: a request failed: ${redactSecrets(showBug(error))}`);
  return new Problem("bug", "this is a bug in custody: its log says more");
}

function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } {
  const found = routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params === null ? [] : [{ route, params }];
  });
  if (found.length === 0) throw new Problem("not-found", "there is nothing at this path: see /openapi.json");
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  const match = found.find(({ route }) => route.method === wanted);
  if (match !== undefined) return match;
  const allow = found
    .flatMap((each) => (each.route.method === "get" ? ["GET", "HEAD"] : ["POST"]))
    .toSorted()
    .join(", ");
  throw new Problem("method-not-allowed", `${path} takes ${allow}`, { headers: { allow } });
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, word] of wanted.entries()) {
    const value = given[index] ?? "";
    if (word === "{id}" && value !== "") params["id"] = value;
    else if (word !== value) return null;
  }
  return params;
}

/**
 * Where nobody is asked who they are, any page in a browser on this machine could ask too: what it sends bears an Origin, or comes by a
 * name that was rebound to this address.
 */
function refuseBrowsers(host: string | null, origin: string | null): void {
  const name = (host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (origin === null && (name === "" || isLoopbackName(name))) return;
  throw new Problem("forbidden", "without tokens only programs of this machine may ask, by its own name");
}

function headersOf(
  context: Context<Env>,
): Readonly<Record<"authorization" | "host" | "origin", string | null>> {
  const of = (name: string): string | null => context.req.header(name) ?? null;
  return { authorization: of("authorization"), host: of("host"), origin: of("origin") };
}

function commonNameOf(context: Context<Env>): string | null {
  const { socket } = context.env.incoming;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  const { subject } = socket.getPeerCertificate();
  return typeof subject?.CN === "string" ? subject.CN : null;
}

function peerOf(context: Context<Env>): string {
  return context.env.incoming.socket.remoteAddress ?? "local";
}

function tooMany(detail: string, waitSeconds: number): Problem {
  return new Problem("too-many-requests", detail, { headers: { "retry-after": String(waitSeconds) } });
}

function secure(headers: Headers, isTls: boolean): void {
  headers.set("cache-control", "no-store");
  headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  headers.set("referrer-policy", "no-referrer");
  headers.set("x-content-type-options", "nosniff");
  if (isTls) headers.set("strict-transport-security", "max-age=31536000");
}
