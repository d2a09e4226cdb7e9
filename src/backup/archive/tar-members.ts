import { Malformed } from "./cursor.ts";

export interface TarMember {
  readonly name: string;
  readonly bytes: number;
}

export interface TarReader {
  push(chunk: Uint8Array): void;
  /** `openMember`: the member in whose middle the bytes end; `isClosed`: whether the end mark was seen. */
  finish(): {
    readonly members: readonly TarMember[];
    readonly openMember: string | null;
    readonly isClosed: boolean;
  };
}

const block = 512;

/**
 * Reads a tar file as pg_dump writes it (ustar, plain files; source: pg_backup_tar.c): `push` takes bytes cut anywhere,
 * `data` is given each member's bytes. Throws `Malformed` at a header whose check sum is wrong. Memory is flat.
 */
export function createTarReader(data: (member: TarMember, bytes: Uint8Array) => void): TarReader {
  const members: TarMember[] = [];
  const header = Buffer.alloc(block);
  let held = 0;
  let current: TarMember | null = null;
  let left = 0;
  let padding = 0;
  let zeroBlocks = 0;
  let position = 0;

  const takeHeader = (): void => {
    if (header.every((byte) => byte === 0)) {
      zeroBlocks += 1;
      return;
    }
    if (zeroBlocks > 0) throw new Malformed("bytes after the end of the tar file", position - block);
    if (octal(header, 148, 8) !== checkSum(header))
      throw new Malformed("a tar header with a wrong check sum", position - block);
    const bytes = octal(header, 124, 12);
    current = { name: header.toString("latin1", 0, 100).replace(/\0.*$/s, ""), bytes };
    members.push(current);
    left = bytes;
    padding = (block - (bytes % block)) % block;
  };

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (current !== null && left > 0) {
          const step = Math.min(left, chunk.length - at);
          data(current, chunk.subarray(at, at + step));
          left -= step;
          at += step;
          position += step;
          continue;
        }
        if (padding > 0) {
          const step = Math.min(padding, chunk.length - at);
          padding -= step;
          at += step;
          position += step;
          continue;
        }
        current = null;
        const step = Math.min(block - held, chunk.length - at);
        header.set(chunk.subarray(at, at + step), held);
        held += step;
        at += step;
        position += step;
        if (held === block) {
          held = 0;
          takeHeader();
        }
      }
    },
    finish: () => ({
      members,
      openMember: left > 0 || padding > 0 ? (current?.name ?? null) : null,
      isClosed: zeroBlocks >= 2 && held === 0,
    }),
  };
}

/** A number in octal, or, from 8 GB on, in binary with the first bit set. */
function octal(header: Buffer, from: number, length: number): number {
  if (((header[from] ?? 0) & 0x80) !== 0) {
    const value = Number(BigInt(`0x${header.toString("hex", from + 1, from + length)}`));
    if (!Number.isSafeInteger(value)) throw new Malformed("a tar member beyond all bounds", 0);
    return value;
  }
  const text = header
    .toString("latin1", from, from + length)
    .replace(/[\0 ]+$/, "")
    .trim();
  if (!/^[0-7]+$/.test(text)) throw new Malformed("a tar header without numbers", 0);
  return Number.parseInt(text, 8);
}

function checkSum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < block; at += 1) sum += at >= 148 && at < 156 ? 32 : (header[at] ?? 0);
  return sum;
}
