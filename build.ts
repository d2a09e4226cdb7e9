import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { BunPlugin } from "bun";

/**
 * Makes `dist/custody`: one file with the runtime, the program, the migrations and the WASM in it.
 * `bun build.ts [--target bun-linux-arm64] [--outfile FILE]`
 */

const root = import.meta.dirname;
const { values } = parseArgs({ options: { target: { type: "string" }, outfile: { type: "string" } } });
const target = values.target ?? `bun-${process.platform}-${process.arch}`;
const outfile = values.outfile ?? join(root, "dist", "custody");

/** Development tools that a library imports and a binary must not: resolved to nothing. */
const absent = ["react-devtools-core"];

const withoutDevelopmentTools: BunPlugin = {
  name: "without-development-tools",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(?:${absent.join("|")})$`) }, ({ path }) => ({
      path,
      namespace: "absent",
    }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: "export default {};",
      loader: "js",
    }));
  },
};

function readCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  try {
    const isClean = git("status", "--porcelain", "--untracked-files=no") === "";
    return `${git("rev-parse", "--short=12", "HEAD")}${isClean ? "" : "+changes"}`;
  } catch {
    return "unknown";
  }
}

mkdirSync(join(root, "dist"), { recursive: true });
rmSync(outfile, { force: true });
const result = await Bun.build({
  // A thread starts with a module of its own: src/audit/blocks/start-block-workers.ts and src/scan/adapters/start-fact-worker.ts name them.
  entrypoints: [
    join(root, "src", "main.ts"),
    join(root, "src", "audit", "blocks", "block-worker.ts"),
    join(root, "src", "scan", "adapters", "fact-worker.ts"),
  ],
  // Without splitting a dynamic import is not lazy, and every command pays for all.
  splitting: true,
  format: "esm",
  // Names stay, so that the stack of a bug can be read.
  minify: { whitespace: true, syntax: true, identifiers: false },
  bytecode: true,
  define: {
    "process.env.NODE_ENV": '"production"',
    CUSTODY_BUILD: JSON.stringify({ commit: readCommit(), target }),
  },
  plugins: [withoutDevelopmentTools],
  compile: {
    target: target as Bun.Build.CompileTarget,
    outfile,
    // Else the binary would run what lies in the folder that it is started in.
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
});
for (const log of result.logs) console.error(log.message);
console.log(outfile);
