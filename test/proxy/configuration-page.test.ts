import { expect, test } from "bun:test";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity } from "age-encryption";
import { parse } from "yaml";
import { z } from "zod";
import { configSchema } from "../../src/config/schema.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const root = join(import.meta.dirname, "../..");
const program = join(root, "bin/custody");
const page = readFileSync(join(root, "docs/drop-configuration.md"), "utf8");

function exampleOf(name: string): string {
  const found = page.match(new RegExp("^```yaml\\n# " + name + "\\n([^]*?)^```$", "m"))?.[1];
  if (found === undefined) throw new Error(`the page has no ${name}`);
  return found;
}

/** The paths of a JSON schema, and of a value: `targets[].names.role`. */
function keysOfSchema(schema: z.core.JSONSchema.BaseSchema, path = ""): readonly string[] {
  if (schema.items !== undefined) return keysOfSchema(schema.items as typeof schema, `${path}[]`);
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([key, value]) =>
    keysOfSchema(value as typeof schema, path === "" ? key : `${path}.${key}`),
  );
}

function keysOfValue(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) {
    const items = value.flatMap((each) => keysOfValue(each, `${path}[]`));
    return items.length === 0 ? [`${path}[]`] : items;
  }
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) =>
    keysOfValue(each, path === "" ? key : `${path}.${key}`),
  );
}

test("the example has every key of the schema, and no other", () => {
  const wanted = keysOfSchema(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }))
    // Another page's, and nothing listens on them yet.
    .filter((key) => !/^(?:scan|listeners)\b/.test(key));
  expect(wanted.length).toBeGreaterThan(60);
  expect([...new Set(keysOfValue(parse(exampleOf("custody.yaml"))))].toSorted()).toEqual(wanted.toSorted());
});

/** What the page's files name beside them. */
async function furnish(folder: string): Promise<void> {
  for (const name of ["keys", "tls"]) mkdirSync(join(folder, name));
  const custody = (...args: string[]): unknown =>
    execFileSync(program, args, { cwd: folder, env: environment(folder), stdio: "pipe" });
  custody("chain", "keygen", "--name", "example.com/ledger", "--out", "keys/ledger.key");
  custody("chain", "keygen", "--name", "witness.example.org/w1", "--out", "keys/witness");
  writeFileSync(join(folder, "keys/age.key"), `# a comment\n${await generateX25519Identity()}\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  for (const name of ["server", "clients"])
    execFileSync(
      "openssl",
      ["req", "-x509", ...key, "-subj", "/CN=x", "-keyout", `tls/${name}.key`, "-out", `tls/${name}.crt`],
      { cwd: folder, stdio: "pipe" },
    );
}

function environment(folder: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    LANG: "C.UTF-8",
    LEDGER_URL: "postgres://ledger@db.invalid/ledger",
    CUSTOMERS_ADMIN_URL: "postgres://custodian@db1.invalid:5432/postgres?sslmode=require",
    PLATFORM_URL: "postgres://reader@platform.invalid/platform",
    DOCUMENTS_URL: "mongodb://custody:x@mongo1.invalid/?tls=true",
    CACHE_PASSWORD: "x",
    QUEUES_PASSWORD: "x",
  };
}

test("--check takes both examples as they stand on the page, and says what the page says", async () => {
  using place = temporaryFolder();
  const folder = place.path;
  // As root the private ledger runs as another user, who must be able to reach it.
  chmodSync(folder, 0o755);
  await furnish(folder);
  const check = (name: string) => {
    const text = exampleOf(name).replaceAll("/var/lib/custody", join(folder, "state"));
    writeFileSync(join(folder, name), text);
    const args = ["proxy", "--config", name, "--check"];
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: folder,
      env: environment(folder),
      encoding: "utf8",
    });
    return { status, stdout: stdout.replaceAll(folder, "/home/ann"), stderr };
  };
  expect(check("custody.yaml")).toMatchObject({ status: 0, stderr: "" });
  const least = check("least.yaml");
  expect(least).toMatchObject({ status: 0, stderr: "" });
  expect(page).toContain(`$ custody proxy --config least.yaml --check\n${least.stdout}\`\`\``);
});
