import { expect, test } from "bun:test";
import { resolveResource } from "../../../src/chokepoint/decide/resolve-resource.ts";
import { dropRequest, testPolicy } from "../../support/engine.ts";

const plain = testPolicy();
const made = testPolicy({ names: { from_token: { database: "db_{token}", role: "usr_{token}" } } });

test("the database is provider_resource_id, the role is named or made from the token", () => {
  expect(resolveResource(dropRequest({ intent: { names: {} } }), plain)).toEqual({
    type: "postgres",
    names: { database: "db_acme" },
    token: "acme",
  });
  expect(resolveResource(dropRequest({ intent: { names: {} } }), made)).toEqual({
    type: "postgres",
    names: { database: "db_acme", role: "usr_acme" },
    token: "acme",
  });
});

test("names that disagree with one another are another resource", () => {
  const database = resolveResource(dropRequest({ intent: { names: { database: "db_other" } } }), plain);
  expect(database).toMatchObject({ site: "identity" });
  const role = resolveResource(dropRequest({ intent: { names: { role: "usr_other" } } }), made);
  expect(role).toMatchObject({ site: "identity" });
  const token = resolveResource(dropRequest({ token: "acme2" }), made);
  expect(token).toMatchObject({ site: "identity", isPassing: false });
});

test("a legacy name that was cut to eight characters does not agree with its token", () => {
  const legacy = dropRequest({ providerResourceId: "db_acmecorp", token: "acmecorp-eu" });
  expect(resolveResource(legacy, made)).toMatchObject({ site: "identity" });
});

test("parts that a resource has not, and parts that are missing", () => {
  const stray = dropRequest({ intent: { names: { stream: "s" } } });
  expect(resolveResource(stray, plain)).toMatchObject({
    site: "validate",
    reason: "a resource of type postgres has no stream",
  });
  const schema = dropRequest({
    resourceType: "schema",
    providerResourceId: "s",
    intent: { names: {} },
  });
  expect(resolveResource(schema, plain)).toMatchObject({
    site: "validate",
    reason: "a resource of type schema needs the name of its database",
  });
});
