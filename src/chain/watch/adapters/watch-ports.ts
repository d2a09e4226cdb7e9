import { setTimeout as delay } from "node:timers/promises";
import { resolveSettings } from "../../../postgres/settings.ts";
import type { Environment } from "../../../postgres/settings.ts";
import { readAnchors } from "../../read-anchors.ts";
import { readTrust } from "../../read-trust.ts";
import type { WatchInput } from "../input.ts";
import type { Clock, StatusBoard, WatchPorts } from "../ports.ts";
import { openLiveChain } from "./live-chain.ts";
import { memoryFile } from "./memory-file.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Where the operator's signed notes are. */
  readonly stateDir: string;
  /** Where states of watches are. */
  readonly folder: string;
  readonly board: StatusBoard;
}

/** Disposing gives back the hold on the state. */
export function watchPorts(input: WatchInput, world: World): WatchPorts & AsyncDisposable {
  const { env, cwd, stateDir, folder, board } = world;
  const memory = memoryFile({ folder, settings: () => resolveSettings(input.dbUrl, env) });
  return {
    connect: (onNotice) => openLiveChain(input, world, onNotice),
    async readAnchors() {
      if (input.checkpoints.length === 0) return { checkpoints: [], states: new Map() };
      return readAnchors(input.checkpoints, { trust: await readTrust(input, cwd), stateDir, cwd });
    },
    memory,
    clock: systemClock,
    board,
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async wait(ms, signal) {
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
};
