import { OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../run/version.ts";
import type { Route } from "./route.ts";
import { scopesOf } from "./scopes-of.ts";

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
  })
  .openapi("Problem");

const problemTexts: Readonly<Record<number, string>> = {
  400: "This is no right HTTP request",
  401: "Nobody is known by the credentials; nothing else was read",
  403: "The caller may not do that",
  404: "It is not there, or not for this caller",
  409: "It stands where this cannot be done, or the request_id was used for something else; with the members of that drop",
  413: "The body is larger than 64 KiB",
  415: "The body is not application/json",
  422: "The request is not right; `errors` says where",
  429: "Too many requests; Retry-After says when to come back",
  503: "It cannot be recorded or decided now; Retry-After says when to come back",
};

/** OpenAPI 3.1 of the routes. https://spec.openapis.org/oas/v3.1.0 */
export function describeApi(routes: readonly Route[]): object {
  const app = new OpenAPIHono();
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "certificate", { type: "mutualTLS" });
  for (const route of routes) registry.registerPath(describeRoute(route));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "custody",
      version,
      description: "Drops of customer data: asked for, decided, recorded, done, undone.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
  });
}

type PathDescription = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];

function describeRoute(route: Route): PathDescription {
  const { method, path, scope, name, summary, query, body, answers, problems } = route;
  const own = Object.entries(answers).map(([status, { describe, schema, type }]) => [
    status,
    {
      description: describe,
      ...(schema === undefined ? {} : { content: { [type ?? "application/json"]: { schema } } }),
    },
  ]);
  const all = scope === null ? problems : [400, 401, 403, 429, 503, ...problems];
  const failed = [...new Set(all)]
    .filter((status) => !(status in answers))
    .map((status) => [
      String(status),
      {
        description: problemTexts[status] ?? "",
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]);
  const params = path.includes("{id}") ? { params: z.object({ id: z.string() }) } : {};
  return {
    method,
    path,
    summary,
    operationId: name,
    security: scope === null ? [] : [{ bearer: [...scopesOf(scope)] }, { certificate: [] }],
    request: {
      ...params,
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(method === "post"
        ? {
            body: {
              required: !body.safeParse(undefined).success,
              content: { "application/json": { schema: body } },
            },
          }
        : {}),
    },
    responses: Object.fromEntries([...own, ...failed]),
  };
}
