import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { InterruptedError, OpsError } from "../../errors.ts";
import { readChunks } from "../archive/read-chunks.ts";
import { writeHashed } from "../dump-file.ts";
import { openDecrypter } from "./age-keys.ts";

/** What went in or came out. */
export interface Digested {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Encrypts a file into a new one (0600, on disk when this returns), reads that back, decrypts it with the key of this one file, and
 * demands the plain bytes. Memory is flat. Throws `no-space`, `file-unwritable`, `file-unreadable`, or `InterruptedError`.
 */
export async function encryptFile(
  from: string,
  to: string,
  recipients: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly plain: Digested; readonly encrypted: Digested }> {
  const { Encrypter, Decrypter } = await import("age-encryption");
  const options = signal === undefined ? {} : { signal };
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey: Uint8Array | null = null;
  // A recipient that takes no part in the header, and learns the key that the file is read back with.
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const plain = createCount();
  await using source = toStream(counted(readChunks(from, signal), plain));
  const stream = await encrypter.encrypt(source.stream);
  const encrypted = await writeHashed(stream, to, { ...options, sync: true });
  const decrypter = new Decrypter();
  decrypter.addIdentity({ unwrapFileKey: () => fileKey });
  const readBack = createCount();
  const onDisk = createCount();
  await using written = toStream(counted(readChunks(to, signal), onDisk));
  const decrypted = await decrypter.decrypt(written.stream);
  for await (const chunk of decrypted) readBack.push(chunk);
  const given = plain.finish();
  if (readBack.finish().sha256 !== given.sha256 || onDisk.finish().sha256 !== encrypted.sha256) {
    throw new OpsError(
      "file-unwritable",
      `${to} does not hold what was written to it`,
      "check the disk; the plain file is still there",
    );
  }
  return { plain: given, encrypted };
}

/** Decrypts a file into a new one (0600). Throws `bad-input` when no identity opens it, `unreadable-archive` when it is damaged. */
export async function decryptFile(
  from: string,
  to: string,
  identities: readonly string[],
  signal?: AbortSignal,
): Promise<Digested> {
  const decrypter = await openDecrypter(identities);
  await using source = toStream(readChunks(from, signal));
  const stream = await decrypter.decrypt(source.stream).catch((cause: unknown) => {
    if (isOurs(cause)) throw cause;
    throw new OpsError(
      "bad-input",
      `none of the identities opens ${from}`,
      "give the identity of one of its recipients: encrypted.json beside it names them",
      { cause },
    );
  });
  return await writeHashed(explained(stream, from), to, signal === undefined ? {} : { signal });
}

async function* explained(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (cause) {
    if (isOurs(cause)) throw cause;
    throw new OpsError(
      "unreadable-archive",
      `${path} is damaged: it does not decrypt to its end`,
      "fetch another copy of it, then check the storage it lay on",
      { cause },
    );
  }
}

/** What came of reading the file, not of what is in it. */
function isOurs(cause: unknown): boolean {
  return cause instanceof OpsError || cause instanceof InterruptedError;
}

interface Count {
  push(chunk: Uint8Array): void;
  finish(): Digested;
}

function createCount(): Count {
  const hash: Hash = createHash("sha256");
  let bytes = 0;
  return {
    push(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    finish: () => ({ bytes, sha256: hash.digest("hex") }),
  };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  count: Count,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    count.push(chunk);
    yield chunk;
  }
}

/** age's own: see https://age-encryption.org/v1#payload. */
const pieceBytes = 64 * 1024;

/** Others have their turn between two pieces: the ciphers are work of this very thread. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      yield chunk.subarray(at, at + pieceBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

interface Source extends AsyncDisposable {
  readonly stream: ReadableStream<Uint8Array>;
}

/**
 * Pulled, one piece at a time: a file is never in memory. Disposing closes the file: the library lets go of a stream that it refuses
 * without a word.
 */
function toStream(chunks: AsyncIterable<Uint8Array>): Source {
  const pieces = inPieces(chunks);
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, [Symbol.asyncDispose]: async () => void (await pieces.return()) };
}
