import { OpsError } from "../errors.ts";
import type { ServerRefusal } from "./backend.ts";

/**
 * The target itself says no to a fence, an undo or a destruction: nothing of that step was done. `planFence`, `fence`, `undo` and
 * `destroy` of a backend throw it; everything else that they throw leaves open what was done, and the standing is asked.
 */
export class TargetRefused extends OpsError {
  readonly refusal: ServerRefusal;

  constructor(refusal: ServerRefusal, cause?: unknown) {
    super(
      "server-error",
      `the target refuses: ${refusal.message} (${refusal.code})`,
      refusal.hint ?? "see what stands against it: custody drop request --dry-run",
      { cause },
    );
    this.refusal = refusal;
  }
}
