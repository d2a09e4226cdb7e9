import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { listenerSchema } from "../../src/config/listener-schema.ts";
import { destructionKinds } from "../../src/destruction/kinds.ts";
import { defaultAction } from "../../src/proxy/policy/default-actions.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody } from "../support/run-custody.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/listeners.md"), "utf8");
const example = /^```yaml\n(# listeners\.yaml\n[^]*?)^```$/m.exec(page)?.[1] ?? "";

/** The paths of a JSON schema, and of a value. */
function keysOfSchema(schema: z.core.JSONSchema.BaseSchema, path: string): readonly string[] {
  if (schema.items !== undefined) return keysOfSchema(schema.items as typeof schema, path);
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([key, value]) =>
    keysOfSchema(value as typeof schema, `${path}.${key}`),
  );
}

function keysOfValue(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => keysOfValue(each, path));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) => keysOfValue(each, `${path}.${key}`));
}

test("the example has every key of a listener, and no other", () => {
  const wanted = keysOfSchema(z.toJSONSchema(listenerSchema, { io: "input", unrepresentable: "any" }), "");
  expect(wanted.length).toBeGreaterThan(30);
  const { listeners } = parse(example) as { readonly listeners: unknown };
  const found = keysOfValue(listeners, "").map((key) => key.replace(/\.tags\..*$/, ".tags"));
  expect([...new Set(found)].toSorted()).toEqual(wanted.toSorted());
});

test("--check takes the example, but for the folder of its socket", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "tls"));
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=x",
  ];
  for (const name of ["server", "clients"])
    execFileSync(
      "openssl",
      ["req", "-x509", ...key, "-keyout", `tls/${name}.key`, "-out", `tls/${name}.crt`],
      {
        cwd: folder.path,
        stdio: "pipe",
      },
    );
  const file = join(folder.path, "custody.yaml");
  const check = async (text: string) => {
    writeFileSync(file, `ledger: { url: postgres://l@db.invalid/l }\nstate_dir: state\n${text}`);
    return await custody(["proxy", "--config", file, "--check"], "", folder.path);
  };
  expect((await check(example)).stderr).toContain(
    "customers-local.listen: cannot listen on /run/custody/pg.sock",
  );
  const { code, stdout, stderr } = await check(example.replace("/run/custody/", `${folder.path}/`));
  expect([code, stderr]).toEqual([0, ""]);
  // Nothing of either listener is left open.
  expect(stdout.match(/^! customers-(?:pg|local): .*$/gm)).toBeNull();
});

test("the table of actions is that of the program", () => {
  const rows = [...page.matchAll(/^\| (deny|audit|pass) \| (.*) \|$/gm)].map(([, action, kinds = ""]) => [
    action,
    [...kinds.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind).filter((kind) => kind !== "opaque"),
  ]);
  const spoken = destructionKinds.filter((kind) => kind !== "server" && kind !== "opaque");
  const grouped = Object.groupBy(spoken, (kind) => defaultAction(kind, false));
  expect(Object.fromEntries(rows.map(([action, kinds]) => [action, (kinds as string[]).toSorted()]))).toEqual(
    Object.fromEntries(Object.entries(grouped).map(([action, kinds]) => [action, kinds.toSorted()])),
  );
});
