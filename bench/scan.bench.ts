import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readCorpus } from "../test/support/scan-corpus.ts";

/**
 * `custody scan` over what node_modules holds, against ast-grep with one rule for the same words, in one run; the same again with the cache; twenty
 * files as a hook names them against the program's own start; then precision and recall on the labelled corpus.
 */

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));
const tree = join(root, "node_modules");
const rounds = 3;

interface Taken {
  readonly seconds: number;
  readonly megabytes: number;
  readonly stdout: string;
}

/** One run, with what GNU time says of it. */
function take(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Taken {
  const started = performance.now();
  const { stdout, stderr, status } = spawnSync("/usr/bin/time", ["-f", "%M", command, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 30,
  });
  const seconds = (performance.now() - started) / 1000;
  // Both end with 1 when they found something.
  if (status !== 0 && status !== 1) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return { seconds, megabytes: Number(stderr.trim().split("\n").at(-1)) / 1024, stdout };
}

/** Up to twenty files of a folder, by name. */
function twenty(from: string, pattern: RegExp): readonly string[] {
  return readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .toSorted()
    .slice(0, 20)
    .map((name) => join(from, name));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function tell(name: string, taken: readonly Taken[]): number {
  const seconds = median(taken.map((each) => each.seconds));
  const megabytes = Math.max(...taken.map((each) => each.megabytes));
  console.log(
    `${name.padEnd(34)} ${seconds.toFixed(2).padStart(7)} s ${megabytes.toFixed(0).padStart(6)} MB`,
  );
  return seconds;
}

try {
  const custody = join(folder, "custody");
  const built = spawnSync(process.execPath, ["build.ts", "--outfile", custody], {
    cwd: root,
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(built.stderr);
  const require = createRequire(createRequire(import.meta.url).resolve("@ast-grep/cli/package.json"));
  const astGrep = join(
    dirname(require.resolve(`@ast-grep/cli-${process.platform}-${process.arch}-gnu/package.json`)),
    "ast-grep",
  );
  const words = "(?i)drop\\s+(database|role|user|schema|owned)|flushall|dropDatabase";
  mkdirSync(join(folder, "rules"));
  for (const language of ["typescript", "javascript"]) {
    writeFileSync(
      join(folder, "rules", `${language}.yml`),
      `id: ${language}\nlanguage: ${language}\nrule:\n  any:\n    - kind: string\n      regex: ${words}\n    - kind: template_string\n      regex: ${words}\n`,
    );
  }
  writeFileSync(join(folder, "sgconfig.yml"), "ruleDirs: [rules]\n");
  const state = { XDG_STATE_HOME: join(folder, "state") };
  const first: Taken[] = [];
  const second: Taken[] = [];
  const other: Taken[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const env = { ...state, XDG_CACHE_HOME: join(folder, `cache-${round}`) };
    other.push(
      take(astGrep, [
        "scan",
        "--config",
        join(folder, "sgconfig.yml"),
        "--no-ignore",
        "hidden",
        "--no-ignore",
        "vcs",
        "--no-ignore",
        "parent",
        "--no-ignore",
        "dot",
        "--json=stream",
        tree,
      ]),
    );
    first.push(take(custody, ["scan", tree, "--output", "json"], env));
    second.push(take(custody, ["scan", tree, "--output", "json"], env));
  }
  const document = JSON.parse(first[0]!.stdout) as { files: number; lines: number; parsed: number };
  console.log(`${document.files} files, ${document.lines} lines, ${document.parsed} parsed`);
  const base = tell("ast-grep, one rule", other);
  const cold = tell("custody scan", first);
  const warm = tell("custody scan, with the cache", second);
  console.log(
    `  ${(base / cold).toFixed(2)} x as fast as ast-grep (target: at least 4), ${(cold / warm).toFixed(2)} x as fast with the cache (2)`,
  );

  const runs = 15;
  const often = (name: string, args: readonly string[]): number =>
    tell(
      name,
      Array.from({ length: runs }, () => take(custody, args, state)),
    );
  // `--version` loads nothing of the program; `--help` is the first that does.
  const bare = often("custody --version", ["--version"]);
  const start = often("custody --help", ["--help"]);
  const harmless = twenty(join(root, "src", "run"), /\.ts$/);
  const clean = often("custody scan of 20 files", ["scan", ...harmless]);
  const corpus = readCorpus().flatMap(({ folder: each }) => twenty(each, /\.(?:ts|js)$/));
  const destroying = often("the same, all of which destroy", ["scan", ...corpus.slice(0, 20)]);
  console.log(
    `  ${(clean / start).toFixed(2)} x the program's own start (target: at most 2), ${(destroying / start).toFixed(2)} x when all must be parsed; ${(clean / bare).toFixed(2)} x the bare runtime`,
  );

  let [found, missed, wrong, plainMissed] = [0, 0, 0, 0];
  for (const each of readCorpus()) {
    const { stdout } = spawnSync(custody, ["scan", ".", "--output", "json", "--no-cache"], {
      cwd: each.folder,
      encoding: "utf8",
      env: { ...process.env, ...state },
    });
    const { findings } = JSON.parse(stdout) as { findings: { path: string; line: number; kind: string }[] };
    const used = new Set<object>();
    for (const wanted of each.destructions) {
      const lines = new Set([wanted.line, ...(wanted.also ?? [])]);
      const hits = findings.filter(
        ({ path, line, kind }) => path === wanted.path && kind === wanted.kind && lines.has(line),
      );
      for (const hit of hits) used.add(hit);
      if (hits.length > 0) found += 1;
      else {
        missed += 1;
        if (wanted.plain) plainMissed += 1;
      }
    }
    wrong += findings.filter((finding) => !used.has(finding)).length;
  }
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  console.log(
    `corpus: ${found + missed} destructions, recall ${percent(found / (found + missed))} (95), precision ${percent(found / (found + wrong))} (97), plain forms missed ${plainMissed} (0)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
