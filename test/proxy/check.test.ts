import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { custody } from "../support/run-custody.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "proxy-check-"));
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  for (const name of ["one", "two"]) {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
    execFileSync("openssl", ["req", "-x509", ...key, "-subj", `/CN=${name}`, ...files], {
      cwd: folder,
      stdio: "pipe",
    });
  }
  writeFileSync(join(folder, "junk"), "junk\n");
  for (const [name, mode] of [
    ["open", 0o777],
    ["shared", 0o1777],
  ] as const) {
    mkdirSync(join(folder, name));
    chmodSync(join(folder, name), mode);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Section = Readonly<Record<string, unknown>>;

const target = { name: "customers", kind: "postgres", url: "postgres://custodian@db.invalid:5432/postgres" };
const token = { name: "a", sha256: "0".repeat(64), scopes: ["read"] };
const redis = (url: string): Section => ({ targets: [{ name: "cache", kind: "redis", url }] });
const nats = (url: string): Section => ({ targets: [{ name: "queue", kind: "nats", url }] });
const mongo = (url: string): Section => ({ targets: [{ name: "docs", kind: "mongo", url }] });
const postgres = (more: Section): Section => ({ targets: [{ ...target, ...more }] });
const tombstone = (more: Section): Section => postgres({ tombstone: more });
const terminality = (more: Section): Section =>
  postgres({
    terminality: {
      url: "postgres://p@platform.invalid/p",
      query: "select status from r where token = $1",
      terminal: ["deleted"],
      ...more,
    },
  });
const ledger = (more: Section): Section => ({
  ledger: { url: "postgres://ledger@db.invalid/ledger", ...more },
});
const program = (more: Section): Section => ({
  targets: [
    {
      name: "whole",
      kind: "command",
      tombstone: { mode: "off" },
      command: { inspect: ["true"], destroy: ["true"], ...more },
    },
  ],
});

const listener = { name: "pg", target: "customers", protocol: "postgres", listen: "127.0.0.1:6432" };
const listening = (...all: readonly Section[]): Section => ({
  listeners: all.map((more) => ({ ...listener, ...more })),
});

/** Every file is sound in its form, and nothing of it asks a server: no name in it exists. */
const broken: readonly (readonly [what: string, sections: Section, said: string])[] = [
  [
    "redis: another scheme",
    redis("redis+unix:///run/redis.sock"),
    "cache.url: the URL of a Redis target has a scheme",
  ],
  ["redis: no path", redis("unix://"), "cache.url: the URL of a Redis target names no path"],
  ["redis: no number", redis("redis://h/x"), "a database that is no number"],
  ["redis: a parameter", redis("redis://h?tls=1"), "not known: tls"],
  ["redis: a file", redis("rediss://h?cacert=/none"), "cannot read /none"],
  [
    "postgres: another scheme",
    postgres({ url: "mysql://h/d" }),
    "customers.url: the database URL starts with mysql://",
  ],
  ["postgres: a parameter", postgres({ url: "postgres://h/d?sslmod=x" }), "customers.url: "],
  ["postgres: a mode", postgres({ url: "postgres://h/d?sslmode=maybe" }), "customers.url: sslmode"],
  ["postgres: a port", postgres({ url: "postgres://h:port/d" }), "customers.url: "],
  [
    "postgres: a file",
    postgres({ url: "postgres://h/d?sslrootcert=/none" }),
    "cannot read sslrootcert /none",
  ],
  ["nats: another scheme", nats("http://h:4222"), "queue.url: the url of target queue cannot be used"],
  ["nats: a port", nats("nats://h:none"), '"h:none" is no host[:port]'],
  ["nats: a seed", nats("nats://h?nkey=junk"), "queue.url: "],
  ["nats: a file", nats("tls://h?ca=/none"), "cannot read /none"],
  ["mongo: another scheme", mongo("mongo://h"), "docs.url: the url of a MongoDB target cannot be read"],
  [
    "mongo: an option",
    mongo("mongodb://h/?w=x&nope=1"),
    "docs.url: the url of a MongoDB target cannot be read",
  ],
  ["mongo: a file", mongo("mongodb://h/?tls=true&tlsCAFile=/none"), "docs.url: cannot read /none"],
  [
    "command: a placeholder",
    program({ inspect: ["x", "{drop_id}"] }),
    "whole.command: the target whole uses {drop_id} in inspect",
  ],
  ["ledger: a URL", { ledger: { url: "redis://h" } }, "ledger.url: the database URL starts with redis://"],
  [
    "ledger: a key",
    ledger({ checkpoint: { key: "none.key" } }),
    "ledger.checkpoint.key: cannot read the key none.key",
  ],
  ["ledger: a key that is none", ledger({ checkpoint: { key: "junk" } }), "ledger.checkpoint.key: "],
  [
    "ledger: a witness",
    ledger({ checkpoint: { witnesses: ["w.invalid"] } }),
    "ledger.checkpoint.witnesses: a witness's URL is none",
  ],
  [
    "ledger: keys of witnesses",
    ledger({ checkpoint: { public_keys: ["junk"] } }),
    "ledger.checkpoint.public_keys: ",
  ],
  ["state_dir: a file", { state_dir: "junk" }, "state_dir: the folder"],
  ["state_dir: below a file", { state_dir: "junk/state" }, "junk is no folder"],
  ["state_dir: for everybody", { state_dir: "open" }, "state_dir: "],
  ["tombstone.dir: a file", tombstone({ dir: "junk" }), "customers.tombstone.dir: the folder"],
  ["tombstone.dir: below a file", tombstone({ dir: "junk/a/b" }), "junk is no folder"],
  ["tombstone.dir: for everybody", tombstone({ dir: "open" }), "open can be written to by everybody"],
  ["tombstone.dir: with a sticky bit", tombstone({ dir: "shared" }), "shared can be written to by everybody"],
  [
    "a recipient",
    tombstone({ recipients: ["age1nobody"] }),
    "customers.tombstone.recipients: age1nobody is no age recipient",
  ],
  [
    "an identity",
    tombstone({ identities: ["AGE-SECRET-KEY-1NONE"] }),
    "customers.tombstone.identities: what was given is no age identity",
  ],
  [
    "terminality: a URL",
    terminality({ url: "http://platform.invalid" }),
    "customers.terminality.url: the database URL starts with http://",
  ],
  [
    "terminality: no token",
    terminality({ query: "select status from r" }),
    "customers.terminality.query: it is not one SELECT with the token as $1",
  ],
  ["terminality: no SQL", terminality({ query: "selec $1" }), "customers.terminality.query: "],
  [
    "terminality: two statements",
    terminality({ query: "select 1; select $1" }),
    "customers.terminality.query: ",
  ],
  [
    "http: a socket's folder",
    { http: { listen: "/none/custody.sock" } },
    "http.listen: cannot listen on /none/custody.sock: there is no folder /none",
  ],
  ["http: a socket's path", { http: { listen: `/tmp/${"x".repeat(120)}` } }, "too long for a socket"],
  ["http: a socket's place", { http: { listen: "/etc/passwd" } }, "there is something else in its place"],
  ["http: others", { http: { listen: "0.0.0.0:7440" } }, "asks nobody who they are"],
  ["http: a hash", { http: { tokens: [{ ...token, sha256: "abc" }] } }, "is no SHA-256"],
  [
    "http: two that are one",
    { http: { tokens: [token, { ...token, name: "b" }] } },
    "two of them are the same token",
  ],
  ["http: a target", { http: { tokens: [{ ...token, targets: ["nowhere"] }] } }, "no target is named so"],
  ["http: an address", { http: { listen: "7440" } }, "is no address"],
  ["tls: a file", { http: { tls: { cert: "file:none.crt", key: "file:one.key" } } }, "cannot read"],
  [
    "tls: a certificate",
    { http: { tls: { cert: "file:junk", key: "file:one.key" } } },
    "http.tls: cert and key are no certificate",
  ],
  [
    "tls: another's key",
    { http: { tls: { cert: "file:one.crt", key: "file:two.key" } } },
    "KEY_VALUES_MISMATCH",
  ],
  [
    "tls: an authority",
    { http: { tls: { cert: "file:one.crt", key: "file:one.key", client_ca: "file:junk" } } },
    "http.tls: client_ca is no certificate",
  ],
  ["no targets", { targets: [] }, "it names no targets"],
  [
    "listeners: a certificate",
    listening({ tls: { cert: "file:junk", key: "file:one.key" } }),
    "pg.tls: the tls of a listener is no certificate",
  ],
  [
    "listeners: another's key",
    listening({ tls: { cert: "file:one.crt", key: "file:two.key" } }),
    "KEY_VALUES_MISMATCH",
  ],
  [
    "listeners: an authority",
    listening({ tls: { cert: "file:one.crt", key: "file:one.key", client_ca: "file:junk" } }),
    "pg.tls: ",
  ],
  [
    "listeners: a key for an authority",
    listening({ tls: { cert: "file:one.crt", key: "file:one.key", client_ca: "file:one.key" } }),
    "pg.tls: client_ca is no certificate",
  ],
  [
    "listeners: a socket's folder",
    listening({ listen: "/none/pg.sock" }),
    "pg.listen: cannot listen on /none/pg.sock: there is no folder /none",
  ],
  [
    "listeners: a place that is taken",
    listening({ listen: "127.0.0.1:7441" }, { name: "more", listen: "localhost:7441" }),
    "more.listen: localhost:7441 is where pg listens",
  ],
  [
    "listeners: the place of the API",
    { ...listening({ listen: "127.0.0.1:7441" }), http: { listen: "0.0.0.0:7441", tokens: [token] } },
    "pg.listen: 127.0.0.1:7441 is where http listens",
  ],
];

const whole = {
  ledger: { url: "postgres://ledger@db.invalid/ledger" },
  state_dir: "state",
  targets: [target],
};

async function run(name: string, sections: Section, ...flags: string[]) {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ ...whole, ...sections }));
  return await custody(["proxy", "--config", file, ...flags], "", folder);
}

describe("what can be known to be wrong without asking a server", () => {
  test.each(broken)("%s", async (_what, sections, said) => {
    const checked = await run("broken", sections, "--check");
    expect([checked.code, checked.stdout]).toEqual([2, ""]);
    expect(checked.stderr).toMatch(/^custody: error: .*\ncustody: hint: .+\n$/);
    expect(checked.stderr).toContain(said);
    expect(await run("broken", sections)).toEqual(checked);
  });

  test("all of it is told at once, and no secret", async () => {
    const told = await run(
      "many",
      {
        ledger: { url: "redis://u:sesame@h", checkpoint: { witnesses: ["w"] } },
        state_dir: "junk",
        http: { listen: "/none/x", tokens: [{ ...token, targets: ["nowhere"] }] },
        targets: [
          { name: "cache", kind: "redis", url: "redis+unix://u:sesame@/x" },
          { ...target, tombstone: { dir: "open", recipients: ["x", "y"] } },
        ],
      },
      "--check",
    );
    expect(told.stderr).toContain("many.yaml: 10 problems: ");
    for (const where of ["ledger.url", "checkpoint.witnesses", "state_dir", "http.listen", "nowhere"])
      expect(told.stderr).toContain(where);
    for (const where of ["cache.url", "tombstone.dir", "x is no age", "y is no age"])
      expect(told.stderr).toContain(where);
    expect(told.stderr).not.toContain("sesame");
  });
});

test("what is left open is told once, whoever reads", async () => {
  const told = await run("open", { ...program({ inspect: ["no-such-program"] }) }, "--check");
  expect([told.code, told.stderr]).toEqual([0, ""]);
  const open = "! whole: tombstone.mode is off: a drop destroys at once, with no way back\n";
  expect(told.stdout.split(open)).toHaveLength(2);
  expect(told.stdout).toContain("! whole: command.inspect: no-such-program cannot be run\n");
  expect(told.stdout).toMatch(/open\.yaml is valid\n\d+ things are left open, as noted above\n$/);
});

test("what a listener leaves open is told", async () => {
  const told = await run("listeners", listening({}), "--check");
  expect(told.stdout).toContain("! pg: gate.denied_roles is empty: every role may log in");
});

// PostgreSQL runs as another user there alone.
test.if(process.getuid?.() === 0)("a state folder that the private ledger's user cannot reach", async () => {
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o700 });
  chmodSync(folder, 0o755);
  const sections = { ledger: undefined, state_dir: join(closed, "state") };
  const checked = await run("closed", sections, "--check");
  expect([checked.code, checked.stdout]).toEqual([2, ""]);
  expect(checked.stderr).toContain(`ledger: ${closed}/state/ledger is closed to the user `);
  expect(checked.stderr).toContain(`chmod o+x ${closed})`);
  expect(await run("closed", sections)).toEqual(checked);
  chmodSync(closed, 0o711);
  expect((await run("closed", sections, "--check")).code).toBe(0);
});
