import type { Progress, ProofFacts, TombstoneContents } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import type { Hold } from "../hold.ts";

export function makeSchemaTombstone(
  _hold: Hold,
  _plan: FencePlan,
  _folder: string,
  _progress: Progress,
  _signal: AbortSignal,
): Promise<TombstoneContents> {
  return Promise.reject(new Error("not yet"));
}
export function proveSchemaTombstone(
  _hold: Hold,
  _plan: FencePlan,
  _folder: string,
  _progress: Progress,
  _signal: AbortSignal,
): Promise<ProofFacts> {
  return Promise.reject(new Error("not yet"));
}
