import { createHash } from "node:crypto";
import { startApi, usualLimits } from "../../src/http/start-api.ts";
import type { ApiLimits } from "../../src/http/start-api.ts";
import type { ApiServer, HttpSection } from "../../src/chokepoint/faces.ts";
import type { RequestBody } from "../../src/chokepoint/documents/request-body.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import { memoryChokepoint } from "./memory-chokepoint.ts";
import type { MemoryChokepoint } from "./memory-chokepoint.ts";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Tokens of tests are their owner's name, doubled. */
export const tokenOf = (name: string): string => `${name}-${name}-0123456789abcdef`;

export const tokens: NonNullable<HttpSection["tokens"]> = [
  { name: "provisioner", sha256: sha256(tokenOf("provisioner")), scopes: ["request", "read"] },
  {
    name: "oncall",
    person: "ann",
    sha256: sha256(tokenOf("oncall")),
    scopes: ["request", "read", "approve"],
  },
  {
    name: "second",
    person: "ben",
    sha256: sha256(tokenOf("second")),
    scopes: ["request", "read", "approve"],
  },
  { name: "reader", sha256: sha256(tokenOf("reader")), scopes: ["read"] },
  { name: "limited", sha256: sha256(tokenOf("limited")), scopes: ["request", "read"], targets: ["others"] },
];

const place = { folder: "/", stateDir: "/var/lib/custody" };
const common = { kind: "postgres", placement: "shared" } as const;

/** `customers` gives back what was dropped, `others` never does. */
export const testTargets = [
  readPolicy(
    { ...common, name: "customers", url: "postgres://admin:secret@db1.example:5432/postgres" },
    place,
  ),
  readPolicy(
    {
      ...common,
      name: "others",
      url: "host=db2.example user=admin password=secret",
      tombstone: { mode: "off" },
    },
    place,
  ),
];

export interface TestApi extends AsyncDisposable {
  readonly server: ApiServer;
  readonly chokepoint: MemoryChokepoint;
  readonly warnings: string[];
  readonly stop: AbortController;
  /** As `fetch`, with the token of a caller. */
  ask(
    path: string,
    options?: { as?: string | null; method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Response>;
}

export async function startTestApi(
  http: HttpSection = { tokens },
  limits: (usual: ApiLimits) => ApiLimits = (usual) => usual,
  metrics: { expose(): Promise<string> } = { expose: async () => "# nothing\n" },
): Promise<TestApi> {
  const chokepoint = memoryChokepoint(["customers", "others"]);
  const warnings: string[] = [];
  const stop = new AbortController();
  const server = await startApi(
    {
      chokepoint,
      http: { listen: "127.0.0.1:0", ...http },
      targets: testTargets,
      metrics,
      warn: (message) => void warnings.push(message),
      signal: stop.signal,
    },
    limits(usualLimits),
  );
  return {
    server,
    chokepoint,
    warnings,
    stop,
    ask: (path, { as = "oncall", method, body, headers } = {}) =>
      fetch(`${server.address}${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          ...(as === null ? {} : { authorization: `Bearer ${tokenOf(as)}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

let requests = 0;

export function requestBody(name: string, more: Partial<RequestBody> = {}): RequestBody {
  requests += 1;
  return {
    target: "customers",
    resource_type: "postgres",
    provider_resource_id: name,
    token: "t1",
    request_id: `r-${requests}`,
    intent: { reason: "the customer left", names: { database: name } },
    ...more,
  };
}
