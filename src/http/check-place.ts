import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";
import type { ListenPlace } from "./listen-place.ts";

/** What sun_path holds on Linux, without its NUL; a socket is made below its folder under a name of this length, and moved. */
const longestPath = 107;
const longestName = "/.custody-XXXXXX/s";

/**
 * That a socket could be made where it is asked for. Of an address that is for the system to say.
 *
 * @throws OpsError bad-config
 */
export function requirePlace(place: ListenPlace): void {
  if (place.kind !== "unix") return;
  const folder = dirname(place.path);
  if (Buffer.byteLength(place.path) > longestPath || Buffer.byteLength(folder + longestName) > longestPath)
    throw refuse(place.path, `it is too long for a socket, whose path has at most ${longestPath} bytes`);
  const parent = statSync(folder, { throwIfNoEntry: false });
  if (parent?.isDirectory() !== true) throw refuse(place.path, `there is no folder ${folder}`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw refuse(place.path, `${folder} cannot be written to`);
  }
  const there = statSync(place.path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSocket())
    throw refuse(place.path, "there is something else in its place");
}

function refuse(path: string, why: string): OpsError {
  return new OpsError(
    "bad-config",
    `http.listen: cannot listen on ${path}: ${why}`,
    "name a free port of this machine, or a path that can be written, as http.listen",
  );
}
