/** A number is an int32. */
export type Writable = string | number | { readonly [name: string]: Writable };

/** A document with these elements, in their order. Names hold no NUL. */
export function writeDocument(fields: { readonly [name: string]: Writable }): Buffer {
  const elements = Object.entries(fields).map(([name, value]) => writeElement(name, value));
  const length = elements.reduce((sum, each) => sum + each.length, 5);
  const head = Buffer.alloc(4);
  head.writeInt32LE(length);
  return Buffer.concat([head, ...elements, Buffer.alloc(1)]);
}

function writeElement(name: string, value: Writable): Buffer {
  if (typeof value === "object") return element(0x03, name, writeDocument(value));
  if (typeof value === "string") {
    const text = Buffer.from(`${value}\0`);
    const length = Buffer.alloc(4);
    length.writeInt32LE(text.length);
    return element(0x02, name, Buffer.concat([length, text]));
  }
  const number = Buffer.alloc(4);
  number.writeInt32LE(value);
  return element(0x10, name, number);
}

function element(type: number, name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
}
