import { Worker } from "node:worker_threads";
import { InterruptedError, OpsError } from "../../errors.ts";
import { isCompiled } from "../../run/version.ts";
import type { BlockReading } from "./block.ts";
import type { BlockReader } from "./block-reader.ts";
import type { BlockAnswer, BlockRequest, BlockWorkerStart } from "./block-worker.ts";

/**
 * Starts threads that read a chain side by side, each with a session of its own in the snapshot that `pg_export_snapshot()`
 * named. They end when they are disposed, whatever they are doing; what is being read when the signal fires is given up.
 */
export function startBlockWorkers(
  count: number,
  start: BlockWorkerStart,
  signal: AbortSignal,
): readonly BlockReader[] {
  return Array.from({ length: count }, () => startWorker(start, signal));
}

function startWorker(start: BlockWorkerStart, signal: AbortSignal): BlockReader {
  // In the binary the modules lie beside one another, below the folder of the sources.
  const path = isCompiled ? "./audit/blocks/block-worker.js" : "./block-worker.ts";
  const worker = new Worker(new URL(path, import.meta.url), { workerData: start });
  let pending: PromiseWithResolvers<BlockReading> | undefined;
  const fail = (error: Error): void => pending?.reject(error);
  const interrupt = (): void => fail(new InterruptedError());
  signal.addEventListener("abort", interrupt, { once: true });
  worker.on("message", (answer: BlockAnswer) => {
    if ("reading" in answer) pending?.resolve(answer.reading);
    else fail(new OpsError(answer.failure.code, answer.failure.message, answer.failure.hint));
  });
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("a thread that reads the chain has ended")));
  return {
    async read(block, options) {
      if (signal.aborted) throw new InterruptedError();
      pending = Promise.withResolvers<BlockReading>();
      const request: BlockRequest = { block, options };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage(request);
      return pending.promise;
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", interrupt);
      worker.removeAllListeners("exit");
      await worker.terminate();
    },
  };
}
