/** Runs what is given for one key one after the other, in the order given; what is given for different keys goes side by side. */
export interface KeyedQueue {
  /** Settles as `work` does. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      const turn = before.then(work, work);
      tails.set(key, turn);
      try {
        return await turn;
      } finally {
        if (tails.get(key) === turn) tails.delete(key);
      }
    },
  };
}
