import type { ChainToSignInput } from "../chain-to-sign.ts";

export interface CheckpointInput extends ChainToSignInput {
  /** Where the checkpoint goes. */
  readonly out: string;
}
