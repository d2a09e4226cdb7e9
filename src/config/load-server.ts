import { dirname } from "node:path";
import { OpsError } from "../errors.ts";
import { findFile, loadConfig, readConfigFile } from "./load.ts";
import type { Config, Place } from "./load.ts";
import type { ConfigFile } from "./schema.ts";

/** What a running custody needs: the whole file, and where it stands. */
export interface ServerConfig extends Config {
  /** Absolute. */
  readonly file: string;
  /** What its paths are relative to. */
  readonly folder: string;
  readonly sections: ConfigFile;
}

const used = ["ledger", "state_dir", "http", "metrics", "reconcile", "targets", "listeners"] as const;

/** Throws `bad-config` with every problem, also where there is no configuration at all: nothing can be guarded without one. */
export async function loadServerConfig(place: Place): Promise<ServerConfig> {
  const file = findFile(place);
  if (file === null) {
    throw new OpsError(
      "bad-config",
      "there is no configuration: neither ./custody.yaml nor one in the configuration folder",
      "write one, such as targets: [{ name: customers, kind: postgres, url: postgres://… }], and name it with --config FILE",
    );
  }
  // The first that fails tells every problem: of all sections that are used.
  const sections = await readConfigFile(file, place.env, used);
  const config = await loadConfig({ ...place, path: file });
  return { ...config, file, folder: dirname(file), sections };
}
