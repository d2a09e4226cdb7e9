/** An error as a server says it: one line, its first word the code. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
export function errorReply(text: string): Uint8Array {
  return Buffer.from(`-${text.replaceAll(/[\r\n]+/gu, " ")}\r\n`, "utf8");
}

export function integerReply(value: number): Uint8Array {
  return Buffer.from(`:${value}\r\n`, "latin1");
}

export function okReply(): Uint8Array {
  return Buffer.from("+OK\r\n", "latin1");
}

/** A command as clients send it. */
export function command(...words: readonly string[]): Uint8Array {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join("")}`, "utf8");
}
