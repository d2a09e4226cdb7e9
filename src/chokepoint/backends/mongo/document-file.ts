import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

export interface DocumentFile extends AsyncDisposable {
  add(document: Uint8Array): Promise<void>;
  /** Has the file on disk; its SHA-256 in lower-case hex. */
  end(): Promise<string>;
}

const bufferBytes = 1 << 20;

/** Writes documents one after the other: each begins with its own length (bsonspec.org, "What is a .bson file?"). */
export async function openDocumentFile(path: string): Promise<DocumentFile> {
  const file = await open(path, "w", 0o600);
  const hash = createHash("sha256");
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const flush = async (): Promise<void> => {
    const chunk = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    hash.update(chunk);
    await file.appendFile(chunk);
  };
  return {
    async add(document) {
      // The driver reuses what it read into.
      pending.push(Buffer.from(document));
      pendingBytes += document.length;
      if (pendingBytes >= bufferBytes) await flush();
    },
    async end() {
      await flush();
      await file.sync();
      return hash.digest("hex");
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
