import { createHash } from "node:crypto";
import { bundleFiles } from "../../audit/bundle/statement.ts";
import type { BundleStatement } from "../../audit/bundle/statement.ts";
import { bundleFinding } from "./findings.ts";
import type { BundleFinding } from "./findings.ts";
import type { BundleFolder } from "./ports.ts";

/** Compares what is in a folder with what its report says is in it: nothing more, nothing less, nothing else. */
export async function checkFiles(
  folder: BundleFolder,
  { files }: BundleStatement,
  onProgress: (done: number, total: number) => void,
): Promise<readonly BundleFinding[]> {
  const findings: BundleFinding[] = [];
  const known = new Set<string>([bundleFiles.report, ...files.map(({ name }) => name)]);
  const folders = new Set([...known].flatMap((name) => (name.includes("/") ? [name.split("/")[0]] : [])));
  for (const [name, kind] of folder.entries) {
    const isKnown = kind === "folder" ? folders.has(name) : known.has(name);
    if (!isKnown) findings.push(bundleFinding("file-unexpected", `${name} is not in the report`));
  }
  for (const [done, { name, sha256 }] of files.entries()) {
    onProgress(done, files.length);
    const kind = folder.entries.get(name);
    if (kind === undefined) findings.push(bundleFinding("file-missing", `${name} is not there`));
    else if (kind !== "file") findings.push(bundleFinding("file-altered", `${name} is no plain file`));
    else if ((await digestOf(folder, name)) !== sha256) {
      findings.push(bundleFinding("file-altered", `${name} has another SHA-256 than the report says`));
    }
  }
  return findings;
}

async function digestOf(folder: BundleFolder, name: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const chunk of folder.chunks(name)) digest.update(chunk);
  return digest.digest("hex");
}
