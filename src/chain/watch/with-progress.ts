import type { StepFact } from "../../run/contract.ts";

/** Long enough for a reading to be worth a line on a terminal, in milliseconds. */
const quietMs = 500;
const everyMs = 250;

const step = "reading";

/** Runs a reading; one that takes a while shows how far it is. It is over when the next fact says what it found. */
export async function* withProgress<T>(
  title: string,
  work: (progress: (done: number, total?: number) => void) => Promise<T>,
): AsyncGenerator<StepFact, T> {
  const seen: { done: number; total?: number } = { done: 0 };
  let isTold = false;
  const result = work((done, total) => Object.assign(seen, total === undefined ? { done } : { done, total }));
  result.catch(() => undefined);
  let patienceMs = quietMs;
  for (;;) {
    const ended = await Promise.race([result.then(() => true as const), pause(patienceMs)]);
    if (ended) return await result;
    patienceMs = everyMs;
    if (!isTold) yield { type: "step-started", step, title };
    isTold = true;
    if (seen.done > 0) yield { type: "step-progressed", step, ...seen, unit: "rows" };
  }
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms).unref());
}
