import { hole } from "../../destruction.ts";
import { disarms } from "../judge-settings.ts";

/** Settings that say what code every session loads: what guards it may be left out, or undone. */
export const preloads: ReadonlySet<string> = new Set([
  "shared_preload_libraries",
  "session_preload_libraries",
  "local_preload_libraries",
]);

/** Settings that name a program which the server runs, or a library in its place. */
export const programs: ReadonlySet<string> = new Set([
  "archive_command",
  "archive_library",
  "archive_cleanup_command",
  "restore_command",
  "recovery_end_command",
  "ssl_passphrase_command",
]);

export const roleSettings: ReadonlySet<string> = new Set(["role", "session_authorization"]);

/** Settings that say how text is read. */
export const lexingSettings: ReadonlySet<string> = new Set([
  "standard_conforming_strings",
  "client_encoding",
  "names",
]);

/** Whether a setting has a meaning to those who guard, or to who reads, so that what sets it is read in full; its name in small letters. */
export function isWatchedSetting(name: string): boolean {
  const isKnown = roleSettings.has(name) || lexingSettings.has(name) || preloads.has(name);
  return isKnown || disarms(name, hole) || name.startsWith("pgaudit");
}
