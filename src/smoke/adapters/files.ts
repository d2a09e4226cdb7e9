import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readSigningKey } from "../../audit/note/read-signing-key.ts";
import { parseManifest, serializeManifest } from "../../backup/manifest.ts";
import { OpsError } from "../../errors.ts";
import { openAtomicFile, writeAtomicFile } from "../../run/atomic-file.ts";
import type { Files } from "../ports.ts";

export const files: Files = {
  readManifest: async (path) => parseManifest(await readText(path), path),
  writeManifest: async (path, manifest) => writeAtomicFile(path, serializeManifest(manifest)),
  readKey: (path) => readSigningKey(path, "."),
  writeEvidence: async (path, envelope) => writeAtomicFile(path, `${JSON.stringify(envelope)}\n`),
  async requireWritable(path) {
    openAtomicFile(path)[Symbol.dispose]();
  },
  async requireNew(path) {
    if (existsSync(path)) {
      throw new OpsError(
        "file-unwritable",
        `${path}: there is something already`,
        "name a path where nothing is yet, or remove what is there",
      );
    }
    openAtomicFile(path)[Symbol.dispose]();
  },
};

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError(
      "file-unreadable",
      `cannot read the manifest ${path}: ${why}`,
      "check the path and who may read it",
      { cause },
    );
  });
}
