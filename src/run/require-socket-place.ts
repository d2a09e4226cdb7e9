import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";

/** What sun_path holds on Linux, without its NUL; a socket is made below its folder under a name of this length, and moved. */
const longestPath = 107;
const longestName = "/.custody-XXXXXX/s";

/**
 * That a socket could be made where the setting (such as `http.listen`) asks for it.
 *
 * @throws OpsError bad-config
 */
export function requireSocketPlace(path: string, setting: string): void {
  const refuse = (why: string): OpsError =>
    new OpsError(
      "bad-config",
      `${setting}: cannot listen on ${path}: ${why}`,
      `name a free port of this machine, or a path that can be written, as ${setting}`,
    );
  const folder = dirname(path);
  if (Buffer.byteLength(path) > longestPath || Buffer.byteLength(folder + longestName) > longestPath)
    throw refuse(`it is too long for a socket, whose path has at most ${longestPath} bytes`);
  const parent = statSync(folder, { throwIfNoEntry: false });
  if (parent?.isDirectory() !== true) throw refuse(`there is no folder ${folder}`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw refuse(`${folder} cannot be written to`);
  }
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSocket()) throw refuse("there is something else in its place");
}
