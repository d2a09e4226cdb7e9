import type { StepFact } from "./contract.ts";

type Progress = (done: number, total?: number) => void;

/**
 * Runs one step of a runbook: yields `step-started`, throttled `step-progressed` facts while `work` reports progress,
 * then `step-finished` (with what `describe` says of the result) or `step-failed`. Returns what `work` returned.
 */
export async function* step<T>(
  key: string,
  title: string,
  work: (progress: Progress) => Promise<T>,
  options: {
    unit?: Extract<StepFact, { type: "step-progressed" }>["unit"];
    describe?: (result: T) => string;
  } = {},
): AsyncGenerator<StepFact, T> {
  const started = performance.now();
  yield { type: "step-started", step: key, title };
  let latest: { done: number; total?: number } | undefined;
  let wake = Promise.withResolvers<void>();
  const progress: Progress = (done, total) => {
    latest = total === undefined ? { done } : { done, total };
    wake.resolve();
  };
  let settled = false;
  const result = work(progress).finally(() => {
    settled = true;
    wake.resolve();
  });
  result.catch(() => undefined);
  try {
    while (!settled) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      if (settled || latest === undefined) continue;
      const shown = latest;
      latest = undefined;
      yield { type: "step-progressed", step: key, ...shown, unit: options.unit ?? "rows" };
      await Promise.race([result.catch(() => undefined), pause(100)]);
      if (latest !== undefined) wake.resolve();
    }
    const value = await result;
    const detail = options.describe?.(value);
    yield {
      type: "step-finished",
      step: key,
      ms: performance.now() - started,
      ...(detail === undefined ? {} : { detail }),
    };
    return value;
  } catch (error) {
    yield {
      type: "step-failed",
      step: key,
      ms: performance.now() - started,
      detail: error instanceof Error ? error.message : String(error),
    };
    throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
