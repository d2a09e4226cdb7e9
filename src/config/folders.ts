import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/custody`, else `~/.local/state/custody`. A relative value is to be ignored, says the specification. */
export function defaultStateDir(env: Environment): string {
  return join(folder(env, "XDG_STATE_HOME", join(".local", "state")), "custody");
}

/** `$XDG_CONFIG_HOME/custody/custody.yaml`, else below `~/.config`. */
export function defaultConfigPath(env: Environment): string {
  return join(folder(env, "XDG_CONFIG_HOME", ".config"), "custody", "custody.yaml");
}

/** `$XDG_CACHE_HOME/custody`, else `~/.cache/custody`: what can be made anew. */
export function defaultCacheDir(env: Environment): string {
  return join(folder(env, "XDG_CACHE_HOME", ".cache"), "custody");
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function folder(env: Environment, name: string, below: string): string {
  const given = env[name];
  if (given !== undefined && isAbsolute(given)) return given;
  const home = env["HOME"];
  return join(home !== undefined && isAbsolute(home) ? home : homedir(), below);
}
