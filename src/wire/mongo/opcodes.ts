/** Kinds of messages (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/), the retired ones too. */
export const opcodes = {
  reply: 1,
  update: 2001,
  insert: 2002,
  query: 2004,
  getMore: 2005,
  delete: 2006,
  killCursors: 2007,
  command: 2010,
  compressed: 2012,
  message: 2013,
} as const;

export const headerBytes = 16;

/** Flags of OP_MSG (github.com/mongodb/specifications, source/message/OP_MSG.md). The first sixteen must be known to whoever reads them. */
export const flags = { checksumPresent: 1, moreToCome: 2, exhaustAllowed: 1 << 16 } as const;

/** The server's limit, `maxMessageSizeBytes`. */
export const longestMessage = 48_000_000;
