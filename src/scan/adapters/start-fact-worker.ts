import { Worker } from "node:worker_threads";
import type { DestructionKind } from "../../destruction/kinds.ts";
import { isCompiled } from "../../run/version.ts";
import type { Facts } from "../facts.ts";
import type { FactAnswer, FactRequest, FactWorkerStart } from "./fact-worker.ts";
import type { FactReader } from "./read-facts.ts";

/**
 * A reader of sources on a thread of its own, for trees so large that this one has enough to do with searching them. It keeps the process alive
 * only while something is being read.
 */
export function startFactWorker(kinds: ReadonlySet<DestructionKind>): FactReader {
  // In the binary the modules lie beside one another, below the folder of the sources.
  const module = isCompiled ? "./scan/adapters/fact-worker.js" : "./fact-worker.ts";
  const start: FactWorkerStart = { kinds: [...kinds] };
  const worker = new Worker(new URL(module, import.meta.url), { workerData: start });
  worker.unref();
  const pending = new Map<number, PromiseWithResolvers<Facts | null>>();
  let last = 0;
  const take = (id: number): PromiseWithResolvers<Facts | null> | undefined => {
    const asked = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) worker.unref();
    return asked;
  };
  const failAll = (error: Error): void => {
    for (const id of pending.keys()) take(id)?.reject(error);
  };
  worker.on("message", (answer: FactAnswer) => {
    const asked = take(answer.id);
    if ("facts" in answer) asked?.resolve(answer.facts);
    else asked?.reject(new Error(answer.failure));
  });
  worker.on("error", failAll);
  worker.on("exit", () => failAll(new Error("the thread that reads sources has ended")));
  return {
    read(by, path, source) {
      last += 1;
      const asked = Promise.withResolvers<Facts | null>();
      pending.set(last, asked);
      worker.ref();
      const request: FactRequest = { id: last, by, path, source };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage(request);
      return asked.promise;
    },
  };
}
