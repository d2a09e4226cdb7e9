import { isDeepStrictEqual } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { z } from "zod";
import type { ApiOptions, ApiServer } from "../chokepoint/faces.ts";
import { createApp } from "./app.ts";
import type { AppLimits } from "./app.ts";
import { checkApi } from "./check-api.ts";
import { createEventHub } from "./event-hub.ts";
import type { HubLimits } from "./event-hub.ts";
import { listen } from "./listen.ts";
import type { ConnectionLimits } from "./listen.ts";
import { parseListen, showAddress } from "./listen-place.ts";
import { describeApi } from "./open-api.ts";
import { answerJson } from "./problem.ts";
import { readIdentities } from "./read-identities.ts";
import { defineRoute } from "./route.ts";
import type { Route } from "./route.ts";
import { followEvents } from "./routes/follow-events.ts";
import { listDrops } from "./routes/list-drops.ts";
import { listFindings } from "./routes/list-findings.ts";
import { listTargets } from "./routes/list-targets.ts";
import { oneDrop } from "./routes/one-drop.ts";
import { reconcileTargets } from "./routes/reconcile-targets.ts";
import { requestDrop } from "./routes/request-drop.ts";
import { statePages } from "./routes/state-pages.ts";

export interface ApiLimits {
  readonly app: AppLimits;
  readonly hub: HubLimits;
  readonly connections: ConnectionLimits;
}

export const usualLimits: ApiLimits = {
  app: {
    bodyBytes: 64 * 1024,
    requests: { perSecond: 200, burst: 400 },
    failures: { perSecond: 1, burst: 20 },
  },
  hub: { queue: 256, kept: 1000, viewers: 64, viewersOfCaller: 16, heartbeatMs: 15_000 },
  connections: {
    most: 512,
    headersMs: 10_000,
    requestMs: 30_000,
    idleMs: 30_000,
    headerBytes: 16_384,
    graceMs: 10_000,
  },
};

/** See `Faces.serveApi`. */
export async function startApi(
  { chokepoint, http, targets, metrics, warn, signal }: ApiOptions,
  limits: ApiLimits = usualLimits,
): Promise<ApiServer> {
  const names = targets.map(({ name }) => name);
  const { problems, open } = checkApi(http, names);
  if (problems[0] !== undefined) throw problems[0];
  for (const warning of open) warn(warning);
  const place = parseListen(http.listen);
  const tls = http.tls ?? null;
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(createEventHub((listener) => chokepoint.follow(listener), limits.hub));
  const routes: Route[] = [
    requestDrop(chokepoint),
    listDrops(chokepoint),
    ...oneDrop(chokepoint),
    listTargets(targets),
    reconcileTargets(chokepoint, targets),
    listFindings(chokepoint),
    followEvents(hub),
    ...statePages(chokepoint, metrics),
  ];
  routes.push(describedBy(routes));
  let identities = readIdentities(http);
  const app = createApp({
    routes,
    identities: () => identities,
    isTls: tls !== null,
    limits: limits.app,
    warn,
  });
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = stack.use(
    await listen((request, response) => void answer(request, response), {
      place,
      tls,
      limits: limits.connections,
    }),
  );
  // Streams never end by themselves: whoever waits for the connections to end ends them first.
  stack.defer(() => hub[Symbol.dispose]());
  const owned = stack.move();
  const stop = (): void => void owned.disposeAsync();
  signal.addEventListener("abort", stop, { once: true });
  owned.defer(() => signal.removeEventListener("abort", stop));
  return {
    address: showAddress(place, server.port, tls !== null),
    replace(section) {
      if (section.tls !== undefined) server.setTls(section.tls);
      const now = readIdentities(section);
      if (isDeepStrictEqual(now, identities)) return;
      identities = now;
      hub.endAll();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function describedBy(routes: readonly Route[]): Route {
  let document: object | undefined;
  const self = defineRoute({
    method: "get",
    path: "/openapi.json",
    scope: "read",
    name: "describeApi",
    summary: "This description",
    query: z.object({}),
    body: z.undefined(),
    answers: { 200: { describe: "OpenAPI 3.1", schema: z.looseObject({ openapi: z.string() }) } },
    problems: [],
    async handle() {
      document ??= describeApi([...routes.filter(({ path }) => path !== self.path), self]);
      return answerJson(200, document);
    },
  });
  return self;
}
