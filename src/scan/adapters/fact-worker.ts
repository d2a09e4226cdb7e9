import { parentPort, workerData } from "node:worker_threads";
import type { DestructionKind } from "../../destruction/kinds.ts";
import type { Facts } from "../facts.ts";
import type { ReadBy } from "../files/reader-of.ts";
import { openCarrierPorts } from "./carrier-ports.ts";
import { createFactReader } from "./read-facts.ts";
import { openParsers } from "./tree-sitter.ts";

/** A thread that reads sources while the main one searches the next: it answers each request, in any order. */

export interface FactWorkerStart {
  /** What the policy counts. */
  readonly kinds: readonly DestructionKind[];
}

export interface FactRequest {
  readonly id: number;
  readonly by: ReadBy;
  readonly path: string;
  readonly source: string;
}

export type FactAnswer =
  | { readonly id: number; readonly facts: Facts | null }
  | { readonly id: number; readonly failure: string };

function work(port: NonNullable<typeof parentPort>, { kinds }: FactWorkerStart): void {
  const parsers = openParsers();
  const reader = createFactReader(parsers, () => openCarrierPorts(parsers, new Set(kinds)));
  const answer = async ({ id, by, path, source }: FactRequest): Promise<FactAnswer> => {
    try {
      return { id, facts: await reader.read(by, path, source) };
    } catch (error) {
      return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  port.on("message", (request: FactRequest) => {
    void answer(request).then((each) => port.postMessage(each));
  });
}

if (parentPort !== null) work(parentPort, workerData);
