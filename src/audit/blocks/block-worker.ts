import { parentPort, workerData } from "node:worker_threads";
import type { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import type { ChainPlace } from "../find-chain.ts";
import { explainReading } from "../read-base.ts";
import type { Block, BlockReading } from "./block.ts";
import { enterSnapshot } from "./block-reader.ts";
import { verifyBlock } from "./verify-block.ts";
import type { BlockOptions } from "./verify-block.ts";

/** A thread with a session of its own: it reads the blocks that it is sent, one after the other. */

export interface BlockWorkerStart {
  readonly settings: ConnectionSettings;
  readonly place: ChainPlace;
  readonly snapshot: string;
}

export interface BlockRequest {
  readonly block: Block;
  readonly options: BlockOptions;
}

/** What a thread answers: errors cross as their parts, since a class does not. */
export type BlockAnswer =
  | { readonly reading: BlockReading }
  | {
      readonly failure: { readonly code: OpsError["code"]; readonly message: string; readonly hint: string };
    };

async function work(port: NonNullable<typeof parentPort>, start: BlockWorkerStart): Promise<void> {
  const { place } = start;
  const opening = connect(start.settings, { applicationName: "chain verify" });
  const entering = opening.then((session) => enterSnapshot(session, place, start.snapshot));
  // Whoever asks first is told.
  entering.catch(() => undefined);
  port.on("message", (request: BlockRequest) => {
    void answer(async () => {
      await entering;
      return verifyBlock(await opening, place, request.block, request.options);
    }, place).then((each) => port.postMessage(each));
  });
}

async function answer(read: () => Promise<BlockReading>, place: ChainPlace): Promise<BlockAnswer> {
  try {
    return { reading: await read() };
  } catch (error) {
    const explained = explainReading(error, place);
    return { failure: { code: explained.code, message: explained.message, hint: explained.hint } };
  }
}

if (parentPort !== null) void work(parentPort, workerData);
