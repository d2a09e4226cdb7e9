import { expect, test } from "bun:test";
import { z } from "zod";
import { dropDocumentSchema, shownDropSchema } from "../../src/chokepoint/documents/drop-document.ts";
import { planDocumentSchema } from "../../src/chokepoint/documents/plan-document.ts";
import { requestBody, startTestApi } from "../support/api-server.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
  readonly security: readonly object[];
}

interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

test("/openapi.json is OpenAPI 3.1 of every route, and points at nothing that is not in it", async () => {
  await using api = await startTestApi();
  const text = await (await api.ask("/openapi.json")).text();
  const description = JSON.parse(text) as Description;
  expect(description.openapi).toBe("3.1.0");
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
    [
      ..."/v1/drops /v1/drops/{id} /v1/targets /v1/findings /v1/events /healthz /readyz /metrics /openapi.json"
        .split(" ")
        .map((each) => `get ${each}`),
      "post /v1/drops",
      "post /v1/reconcile",
      ...["approve", "deny", "ticket", "undo", "purge"].map((each) => `post /v1/drops/{id}/${each}`),
    ].toSorted(),
  );
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((each) => each.in === "path");
    expect(declared).toEqual(
      inPath.map((name) => expect.objectContaining({ name, required: true }) as never),
    );
    const statuses = Object.keys(operation.responses);
    expect(statuses.length).toBeGreaterThan(0);
    for (const each of Object.values(operation.responses)) expect(each.description).not.toBe("");
    if (operation.security.length > 0) expect(statuses).toContain("401");
  }
  for (const [, reference] of text.matchAll(/"\$ref":"#\/components\/(\w+\/\w+)"/g)) {
    const [kind = "", name = ""] = (reference ?? "").split("/");
    expect(description.components[kind]?.[name]).toBeDefined();
  }
  // A word of OpenAPI 3.0 that 3.1 has not.
  expect(text).not.toContain('"nullable"');
});

test("what is answered is what is described", async () => {
  await using api = await startTestApi();
  const strict = (schema: z.ZodObject): z.ZodObject => z.strictObject(schema.shape);
  const drops = [];
  for (const name of ["db_a", "db_held_a", "db_refused_a", "db_passing_a", "db_noop_a"]) {
    const answer = await api.ask("/v1/drops", { body: requestBody(name) });
    drops.push(strict(dropDocumentSchema).parse(await answer.json()));
  }
  const shown = await (await api.ask(`/v1/drops/${String(drops[0]!["drop_id"])}`)).json();
  expect(strict(shownDropSchema).parse(shown)).toMatchObject({ state: "fenced" });
  const plan = await (await api.ask("/v1/drops?dry_run=true", { body: requestBody("db_held_a") })).json();
  expect(strict(planDocumentSchema).parse(plan)).toMatchObject({ would_be: "held" });
});
