/**
 * Runs several generators side by side, yielding what any of them yields as it comes, and returns what each returned, in their
 * order. When one throws, the others are waited for (they see the same signal) and the first error is thrown.
 */
export async function* together<E, Results extends readonly unknown[]>(
  ...generators: { readonly [K in keyof Results]: AsyncGenerator<E, Results[K]> }
): AsyncGenerator<E, Results> {
  const sources: readonly AsyncGenerator<E, unknown>[] = generators;
  const results: unknown[] = [];
  const failures: unknown[] = [];
  const pull = async (index: number, source: AsyncGenerator<E, unknown>) => ({
    index,
    settled: await source.next().then(
      (step) => ({ step }),
      (error: unknown) => ({ error }),
    ),
  });
  const pending = new Map(sources.map((source, index) => [index, pull(index, source)]));
  // A consumer that leaves early must not leave a generator suspended with what it holds.
  await using _sources = {
    [Symbol.asyncDispose]: async () =>
      void (await Promise.allSettled(sources.map((source) => source.return(undefined)))),
  };
  while (pending.size > 0) {
    const { index, settled } = await Promise.race(pending.values());
    const source = sources[index];
    if ("error" in settled || source === undefined) {
      if ("error" in settled) failures.push(settled.error);
      pending.delete(index);
    } else if (settled.step.done === true) {
      results[index] = settled.step.value;
      pending.delete(index);
    } else {
      pending.set(index, pull(index, source));
      yield settled.step.value;
    }
  }
  if (failures.length > 0) throw failures[0];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every place was filled, or an error was thrown
  return results as [...Results];
}
