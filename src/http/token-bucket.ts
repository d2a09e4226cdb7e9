export interface Rate {
  readonly perSecond: number;
  /** So many at once after a pause. */
  readonly burst: number;
}

export interface TokenBuckets {
  /** Takes one of the key's tokens: 0, or the seconds until there is one. */
  take(key: string): number;
  readonly size: number;
}

/**
 * One token bucket for each key. At most `mostKeys` are kept: a full bucket says nothing and goes first, then whoever was not seen for
 * longest.
 */
export function createTokenBuckets(
  { perSecond, burst }: Rate,
  { nowMs, mostKeys = 10_000 }: { readonly nowMs: () => number; readonly mostKeys?: number },
): TokenBuckets {
  // In the order in which they were last asked.
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const filled = (bucket: { tokens: number; atMs: number }, now: number): number =>
    Math.min(burst, bucket.tokens + ((now - bucket.atMs) / 1000) * perSecond);

  const makeRoom = (now: number): void => {
    if (buckets.size < mostKeys) return;
    for (const [key, bucket] of buckets) if (filled(bucket, now) >= burst) buckets.delete(key);
    const [oldest] = buckets.keys();
    if (buckets.size >= mostKeys && oldest !== undefined) buckets.delete(oldest);
  };

  return {
    take(key) {
      const now = nowMs();
      const known = buckets.get(key);
      if (known === undefined) makeRoom(now);
      const tokens = known === undefined ? burst : filled(known, now);
      buckets.delete(key);
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: now });
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perSecond);
    },
    get size() {
      return buckets.size;
    },
  };
}
