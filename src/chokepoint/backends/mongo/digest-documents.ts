import { createHash } from "node:crypto";
import type { MongoSession } from "./connect.ts";
import { explained } from "./explain-mongo.ts";

/** What two collections share when they hold the same documents, in whatever order. */
export interface DocumentsDigest {
  readonly count: number;
  readonly bytes: number;
  /** The sum of the SHA-256 of every document's bytes, modulo 2^256; lower-case hex. A sum, since equal documents must not cancel out. */
  readonly sum: string;
}

export interface Digester {
  add(document: Uint8Array): void;
  end(): DocumentsDigest;
}

const modulus = 1n << 256n;

export function openDigester(): Digester {
  let count = 0;
  let bytes = 0;
  let sum = 0n;
  return {
    add(document) {
      count += 1;
      bytes += document.length;
      sum = (sum + BigInt(`0x${createHash("sha256").update(document).digest("hex")}`)) % modulus;
    },
    end: () => ({ count, bytes, sum: sum.toString(16).padStart(64, "0") }),
  };
}

/** Every document of a collection, as the bytes that the server sent. */
export async function* readDocuments(
  { client }: MongoSession,
  database: string,
  collection: string,
): AsyncGenerator<Uint8Array> {
  const cursor = client.db(database).collection(collection).find({}, { raw: true });
  try {
    for (;;) {
      const document: unknown = await explained(() => cursor.next());
      if (document === null) return;
      if (!(document instanceof Uint8Array)) throw new Error("the driver gave a document that is not raw");
      yield document;
    }
  } finally {
    await cursor.close();
  }
}
