import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { OpsError } from "../errors.ts";
import { defaultConfigPath, defaultStateDir } from "./folders.ts";
import type { Environment } from "./folders.ts";
import type { ConfigFile } from "./schema.ts";
import type { ScanSection } from "./scan-schema.ts";

/** What every command needs to know; each is decided by the environment, else the file, else a default. */
export interface Config {
  /** Absolute. `CUSTODY_STATE_DIR`, `state_dir`. */
  readonly stateDir: string;
  /** `CUSTODY_METRICS_PREFIX`, `metrics.prefix`. */
  readonly metrics: { readonly prefix: string };
}

export interface Place {
  /** The file of `--config`, which must be there; null looks in the usual places. */
  readonly path: string | null;
  readonly cwd: string;
  readonly env: Environment;
}

/** Throws `bad-config` with every problem of the file, `file-unreadable` when a file that was named is not there. */
export async function loadConfig(place: Place): Promise<Config> {
  const path = findFile(place);
  const file = path === null ? {} : await readConfigFile(path, place.env, ["state_dir", "metrics"]);
  const fromFile =
    file.state_dir === undefined ? undefined : resolve(dirname(path ?? place.cwd), file.state_dir);
  const fromEnv = given(place.env["CUSTODY_STATE_DIR"]);
  return {
    stateDir: fromEnv === undefined ? (fromFile ?? defaultStateDir(place.env)) : resolve(place.cwd, fromEnv),
    metrics: { prefix: prefixFrom(place.env) ?? file.metrics?.prefix ?? "custody" },
  };
}

/** The section `scan`, and where it stands. */
export interface ScanConfig {
  /** Empty when there is none. */
  readonly section: ScanSection;
  /** The configuration, absolute; null when there is none. */
  readonly file: string | null;
  /** What its paths are relative to. */
  readonly folder: string;
}

/** The policy of `scan`, from the same file as everything else. Throws as `loadConfig` does. */
export async function loadScanConfig(place: Place): Promise<ScanConfig> {
  const file = findFile(place);
  if (file === null) return { section: {}, file, folder: place.cwd };
  const { scan } = await readConfigFile(file, place.env, ["scan"]);
  return { section: scan ?? {}, file, folder: dirname(file) };
}

export function findFile({ path, cwd, env }: Place): string | null {
  if (path !== null) return resolve(cwd, path);
  return [join(cwd, "custody.yaml"), defaultConfigPath(env)].find((each) => existsSync(each)) ?? null;
}

/** The parser is loaded only when there is something to parse. */
export async function readConfigFile(
  path: string,
  env: Environment,
  sections: readonly (keyof ConfigFile)[],
): Promise<ConfigFile> {
  const source = readSource(path);
  const { parseConfig } = await import("./parse.ts");
  const parsed = parseConfig(source, { env, folder: dirname(path), sections });
  if ("config" in parsed) return parsed.config;
  const problems = parsed.problems.map(
    (each) =>
      `line ${each.line}, column ${each.column}: ${each.path === "" ? "" : `${each.path}: `}${each.message}`,
  );
  const count = problems.length === 1 ? "" : ` ${problems.length} problems:`;
  throw new OpsError(
    "bad-config",
    `${path}:${count} ${problems.join("; ")}`,
    "correct the file, or name another with --config",
  );
}

function readSource(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError(
      "file-unreadable",
      `cannot read ${path}: ${why}`,
      "name a configuration that is there with --config",
      { cause },
    );
  }
}

function prefixFrom(env: Environment): string | undefined {
  const prefix = given(env["CUSTODY_METRICS_PREFIX"]);
  if (prefix === undefined || /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix)) return prefix;
  throw new OpsError(
    "bad-config",
    `CUSTODY_METRICS_PREFIX is ${JSON.stringify(prefix)}, which cannot start a metric's name`,
    "letters, digits and _, and no digit at the beginning",
  );
}

/** An empty variable counts as none. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
