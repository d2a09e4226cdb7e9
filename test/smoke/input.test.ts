import { describe, expect, test } from "bun:test";
import { OpsError } from "../../src/errors.ts";
import { parseSmokeFlags } from "../../src/smoke/input.ts";
import type { SmokeFlags } from "../../src/smoke/input.ts";

const parse = (flags: SmokeFlags) => parseSmokeFlags(flags, { jobs: 2 });

function problemsOf(flags: SmokeFlags): string {
  try {
    parse(flags);
  } catch (error) {
    if (error instanceof OpsError && error.code === "bad-usage") return error.message;
    throw error;
  }
  return "";
}

describe("what the flags mean", () => {
  test("no flag at all is a workload of our own, 24 events", () => {
    expect(parse({})).toMatchObject({
      source: { kind: "self", migrationsDir: null, rows: 24 },
      format: "custom",
      jobs: 2,
      keep: false,
    });
  });

  test("each source flag is its own way in", () => {
    expect(parse({ dbUrl: "postgres://db/shop" }).source).toEqual({
      kind: "live",
      dbUrl: "postgres://db/shop",
    });
    expect(parse({ dump: "/a.dump" }).source).toEqual({ kind: "archive", path: "/a.dump" });
    expect(parse({ restoredUrl: "service=r", expect: "/m" }).source).toEqual({
      kind: "restored",
      dbUrl: "service=r",
    });
  });

  test("a scratch server without a source runs the workload there", () => {
    expect(parse({ scratchUrl: "postgres://s/" })).toMatchObject({
      source: { kind: "self" },
      scratchUrl: "postgres://s/",
    });
  });
});

describe("what does not go together is refused, all of it at once", () => {
  test.each<[SmokeFlags, string]>([
    [{ dbUrl: "a", dump: "b" }, "--db-url and --dump are different sources"],
    [{ restoredUrl: "a" }, "--restored-url needs --expect"],
    [{ dump: "a", migrations: "m" }, "--migrations goes with no source"],
    [{ dbUrl: "a", rows: 3 }, "--rows goes with no source"],
    [{ dump: "a", writeManifest: "m" }, "--write-manifest goes with no source, --db-url"],
    [{ dbUrl: "a", expect: "m" }, "--expect goes with --dump, --restored-url"],
    [{ restoredUrl: "a", expect: "m", keep: true }, "--keep goes with"],
    [{ durable: true, scratchUrl: "s" }, "--durable is a setting of the throwaway cluster"],
    [{ rows: 0 }, "--rows 0 is not a whole number"],
    [{ rows: 1.5 }, "--rows 1.5 is not a whole number"],
    [{ jobs: 65 }, "--jobs 65"],
    [{ format: "zip" }, "--format zip"],
    [{ key: "k" }, "--key signs the evidence"],
  ])("%j", (flags, problem) => {
    expect(problemsOf(flags)).toContain(problem);
  });

  test("several problems are one error", () => {
    const problems = problemsOf({ dump: "a", rows: 0, format: "zip" });
    for (const part of ["--rows goes with", "--rows 0", "--format goes with", "--format zip"])
      expect(problems).toContain(part);
  });
});
