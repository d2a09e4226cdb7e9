import type { DestructionKind } from "../../destruction/kinds.ts";
import type { Site } from "../site.ts";
import type { CommentSyntax } from "../syntax/syntax.ts";
import type { ShellPorts } from "./shell/judge-shell.ts";

export interface CarrierPorts extends ShellPorts {
  /** What the policy counts: others may be left out. All when it is not said. */
  readonly kinds?: ReadonlySet<DestructionKind> | undefined;
}

/** What a file that carries commands destroys. */
export interface CarrierResult {
  /** In the order of the file; one for what is done alike on one line, with the names of all. */
  readonly sites: readonly Site[];
  /** Every comment that holds `custody-allow`. */
  readonly comments: readonly CommentSyntax[];
  /** Where the file could not be understood. */
  readonly errors: readonly number[];
}

/** Reads one file. Never throws, whatever the file holds. */
export type Carrier = (source: string, path: string, ports: CarrierPorts) => CarrierResult;
