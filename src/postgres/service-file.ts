import { readFile } from "node:fs/promises";
import { OpsError } from "../errors.ts";
import type { Parameters } from "./keywords.ts";
import { setParameter } from "./set-parameter.ts";

/**
 * Looks a service up in the given files, the first that has it wins (user's file before the system's). Format:
 * https://www.postgresql.org/docs/18/libpq-pgservice.html. Throws `bad-usage` when none has it.
 */
export async function readService(name: string, files: readonly string[]): Promise<Parameters> {
  for (const file of files) {
    const text = await readIfThere(file);
    const found = text === undefined ? undefined : findService(text, name, file);
    if (found !== undefined) return found;
  }
  throw new OpsError(
    "bad-usage",
    `the service "${name}" is not defined in ${files.join(" or ")}`,
    `add a section [${name}] there, or name another file by PGSERVICEFILE`,
  );
}

/** The settings of section `[name]`, or nothing when the file has no such section. */
export function findService(text: string, name: string, file: string): Parameters | undefined {
  let found: Parameters | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (found !== undefined) return found;
      if (line === `[${name}]`) found = {};
      continue;
    }
    if (found === undefined) continue;
    const equals = line.indexOf("=");
    const key = line.slice(0, Math.max(equals, 0));
    if (equals < 1 || key === "service") {
      throw new OpsError("bad-usage", `${file}, line ${index + 1}: not a setting`, "write name=value");
    }
    setParameter(found, key, line.slice(equals + 1));
  }
  return found;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    // A missing file is the usual case, and an unreadable one ends in the error that names all files.
    return undefined;
  }
}
