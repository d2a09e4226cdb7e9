/** What a client may send. https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export interface CommandLimits {
  /** Words of one command. */
  readonly words: number;
  /** One word. */
  readonly wordBytes: number;
  /** One command, all its words together. */
  readonly commandBytes: number;
}

/** Redis' own: the old cap of a multibulk, and proto-max-bulk-len. */
export const redisLimits: CommandLimits = {
  words: 1_048_576,
  wordBytes: 536_870_912,
  commandBytes: 1_073_741_824,
};

/** PROTO_INLINE_MAX_SIZE: a line typed by hand, and a header. */
export const longestLine = 65_536;
