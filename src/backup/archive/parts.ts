import type { Archive } from "./archive.ts";
import { createCustomPart } from "./part-custom.ts";
import { createPlainPart } from "./part-plain.ts";
import { createTarPart } from "./part-tar.ts";

/** What a format's reader finds; `openArchive` adds what is the same for all. */
export type Found = Omit<Archive, "path" | "gzipped" | "isPinned" | "bytes" | "sha256">;

/** Reads one format from its bytes, cut anywhere. Throws `unreadable-archive`. */
export interface Part {
  push(chunk: Buffer): void;
  finish(): Found;
}

/** `modified`: when the file was last written. */
export function createPart(format: "custom" | "tar" | "plain", path: string, modified: Date): Part {
  switch (format) {
    case "custom":
      return createCustomPart(path, modified);
    case "tar":
      return createTarPart(path, modified);
    case "plain":
      return createPlainPart(path, modified);
  }
}
