import { describe, expect, test } from "bun:test";
import { readLabelledPolicy, toLabel } from "../support/labelled-policy.ts";
import { scanFiles } from "../support/scan-files.ts";

const { files, policy, expected } = await readLabelledPolicy("provisioner");

const byPlace = (a: { path: string; line: number }, b: { path: string; line: number }): number =>
  a.path.localeCompare(b.path) || a.line - b.line;

/** The functions along the way that is told for a path, and how sure each step is. */
async function wayIn(path: string, sources = files): Promise<readonly string[]> {
  const { findings } = await scanFiles(sources, policy);
  const found = findings.find((each) => each.path === path && each.rule === "bypass");
  return found?.call_path.map((each) => `${each.function} ${each.edge} ${each.path}:${each.line}`) ?? [];
}

function changed(path: string, from: string, to: string): Readonly<Record<string, string>> {
  const source = files[path];
  if (source === undefined || !source.includes(from)) throw new Error(`${path} does not hold ${from}`);
  return { ...files, [path]: source.replace(from, to) };
}

describe("sanctioned functions that are reached around the chokepoint", () => {
  test("are the two that the labels name, and nothing else", async () => {
    const { findings, notes, unparsed } = await scanFiles(files, policy);
    expect(findings.map((each) => toLabel(each, expected)).sort(byPlace)).toEqual(
      [...expected].sort(byPlace),
    );
    expect({ notes, unparsed }).toEqual({ notes: [], unparsed: [] });
  });

  test("are told with all that a call on an interface may enter", async () => {
    const { findings } = await scanFiles(files, policy);
    const reaper = findings.find(({ path }) => path === "pool/reaper.go");
    expect(new Set(reaper?.message.match(/\(\*\w+\)\.Deprovision/g))).toEqual(
      new Set(policy.sanctioned.filter((each) => each.endsWith(").Deprovision"))),
    );
  });

  test("are told with the way to them, step by step, from a root to the statement", async () => {
    expect(await wayIn("postgres_local.go")).toEqual([
      "(*LocalBackend).Provision entry postgres_local.go:20",
      "(*LocalBackend).Provision exact postgres_local.go:23",
      "cleanupProvisionPartial exact postgres_local.go:60",
    ]);
    const reaper = await wayIn("pool/reaper.go");
    expect(reaper.slice(0, 2)).toEqual([
      "(*Pool).Run entry pool/reaper.go:33",
      "(*Pool).reap exact pool/reaper.go:46",
    ]);
    expect(reaper[2]).toMatch(/^\(\*\w+Backend\)\.Deprovision by-type /);
  });

  test("are not told once the call stands in what is handed to the chokepoint", async () => {
    const call = "p.backend.Deprovision(ctx, each.req)";
    const sources = changed(
      "pool/reaper.go",
      call,
      `guardedDrop(ctx, each.req, "pool", nil, func(ctx context.Context) error { return ${call} })`,
    );
    expect(await wayIn("pool/reaper.go", sources)).toEqual([]);
  });

  test("are told as soon as one call leaves the chokepoint", async () => {
    const sources = changed(
      "server.go",
      `return guardedDrop(ctx, req, "shared", s.breakers["postgres"], func(ctx context.Context) error {
		return cleanupProvisionPartial(`,
      `return func(ctx context.Context) error {
		return cleanupProvisionPartial(`,
    );
    expect((await wayIn("server.go", sources)).at(0)).toStartWith("(*Server).Abort entry server.go:");
  });
});

test("every destruction of the sanctioned functions is seen, with the entry that sanctions it", async () => {
  const { sanctioned } = await scanFiles(files, policy);
  expect(new Set(sanctioned.map((each) => each.sanctioned_by))).toEqual(new Set(policy.sanctioned));
  for (const each of sanctioned) expect(each.function).toBe(each.sanctioned_by);
  expect(sanctioned).toHaveLength(12);
});

test("a destruction elsewhere is a violation of its kind, with the way to it", async () => {
  const sources = changed(
    "server.go",
    "// Abort is",
    'func (s *Server) Reset(ctx context.Context) { _, _ = s.admin.Exec(ctx, "DROP SCHEMA app CASCADE") }\n\n// Abort is',
  );
  const { findings } = await scanFiles(sources, policy);
  const found = findings.filter(({ rule }) => rule !== "bypass");
  expect(found.map(({ path, rule, function: name }) => ({ path, rule, name }))).toEqual([
    { path: "server.go", rule: "schema", name: "(*Server).Reset" },
  ]);
});

describe("a policy that fits nothing", () => {
  test("is told when no destruction of a sanctioned function is there", async () => {
    const kept = Object.fromEntries(
      Object.entries(files).filter(([path]) =>
        ["backend.go", "guard.go", "server.go", "pool/reaper.go"].includes(path),
      ),
    );
    const { findings, notes } = await scanFiles(kept, policy);
    expect(findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual(["nothing-sanctioned custody.yaml"]);
    expect(notes).toHaveLength(policy.sanctioned.length);
  });

  test("is told when the chokepoint is not defined", async () => {
    const { findings } = await scanFiles(changed("guard.go", "func guardedDrop(", "func otherDrop("), policy);
    expect(findings.map(({ rule, path }) => `${rule} ${path}`)).toContain(
      "chokepoint-ambiguous custody.yaml",
    );
  });

  test("is told when a bare name has a second definition, at its place", async () => {
    const sources = {
      ...files,
      "pool/guard.go": "package pool\n\nfunc guardedDrop(fn func() error) error { return fn() }\n",
    };
    const { findings } = await scanFiles(sources, policy);
    const told = findings.filter(({ rule }) => rule === "chokepoint-ambiguous");
    expect(told.map(({ path, line, column }) => `${path}:${line}:${column}`)).toEqual(["pool/guard.go:3:6"]);
    expect(told[0]?.message).toContain("the first is at guard.go:34");
  });
});
