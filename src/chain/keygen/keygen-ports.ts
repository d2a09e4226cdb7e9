import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { readSigningKey } from "../../audit/note/read-signing-key.ts";
import { writeNewFiles } from "../../run/new-file.ts";
import type { KeygenPorts } from "./feature.ts";

export function keygenPorts({ cwd }: { readonly cwd: string }): KeygenPorts {
  return {
    randomSeed: () => randomBytes(32),
    readKey: (path) => readSigningKey(path, cwd),
    writeNew: async (files) =>
      writeNewFiles(files.map((file) => ({ ...file, path: resolve(cwd, file.path) }))),
  };
}
