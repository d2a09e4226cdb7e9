import { OpsError } from "../../errors.ts";
import type { BundleFolder } from "./ports.ts";

const mostBytes = 256 * 1024 * 1024;

/** The text of a file of a bundle. Throws `unreadable-bundle` for what is not there, no plain file, too large or no UTF-8. */
export async function readText(folder: BundleFolder, name: string): Promise<string> {
  if (folder.entries.get(name) !== "file") throw unreadable(name, "it is not there, or no plain file");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of folder.chunks(name)) {
    length += chunk.length;
    if (length > mostBytes) throw unreadable(name, `it is larger than ${mostBytes} bytes`);
    chunks.push(chunk.slice());
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw unreadable(name, "it is not valid UTF-8", cause);
  }
}

function unreadable(name: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-bundle",
    `${name} of the bundle cannot be read: ${why}`,
    "check that the folder is the one that custody chain bundle made, whole and unchanged",
    { cause },
  );
}
