/** What producers that never wait hand to a consumer that may be slow: when it is full, what comes is dropped and counted. */
export interface BoundedQueue<T> {
  push(item: T): void;
  /** No more comes: the consumer ends after what is there. */
  close(): void;
  readonly dropped: number;
  /** For one consumer. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void>;
}

export function createBoundedQueue<T>(limit: number): BoundedQueue<T> {
  const items: T[] = [];
  let dropped = 0;
  let isClosed = false;
  let wake = Promise.withResolvers<void>();
  return {
    push(item) {
      if (isClosed || items.length >= limit) dropped += 1;
      else items.push(item);
      wake.resolve();
    },
    close() {
      isClosed = true;
      wake.resolve();
    },
    get dropped() {
      return dropped;
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let item = items.shift(); item !== undefined; item = items.shift()) yield item;
        if (isClosed) return;
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    },
  };
}
