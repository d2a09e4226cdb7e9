import { BSON } from "mongodb";
import type { Document } from "mongodb";

/** OP_MSG as a driver sends it: the body first, then its sequences. */
export function message(
  body: Document,
  options: {
    readonly id?: number;
    readonly flags?: number;
    readonly sequences?: Readonly<Record<string, readonly Document[]>>;
    readonly isBodyLast?: boolean;
  } = {},
): Buffer {
  const bodySection = Buffer.concat([Buffer.of(0), BSON.serialize(body)]);
  const sequences = Object.entries(options.sequences ?? {}).map(([name, documents]) => {
    const inside = Buffer.concat([
      Buffer.from(`${name}\0`),
      ...documents.map((each) => BSON.serialize(each)),
    ]);
    const head = Buffer.alloc(5);
    head[0] = 1;
    head.writeInt32LE(inside.length + 4, 1);
    return Buffer.concat([head, inside]);
  });
  const sections = options.isBodyLast === true ? [...sequences, bodySection] : [bodySection, ...sequences];
  const flags = options.flags ?? 0;
  const head = Buffer.alloc(20);
  head.writeInt32LE(options.id ?? 7, 4);
  head.writeInt32LE(2013, 12);
  head.writeUInt32LE(flags, 16);
  const whole = Buffer.concat([head, ...sections, Buffer.alloc((flags & 1) === 0 ? 0 : 4)]);
  whole.writeInt32LE(whole.length, 0);
  return whole;
}

/** A message of before MongoDB 3.6: what stands behind its header is `rest`. */
export function legacy(opcode: number, rest: Uint8Array, id = 7): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(16 + rest.length, 0);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, rest]);
}

export function query(collection: string, body: Document): Buffer {
  return legacy(
    2004,
    Buffer.concat([Buffer.alloc(4), Buffer.from(`${collection}\0`), Buffer.alloc(8), BSON.serialize(body)]),
  );
}
