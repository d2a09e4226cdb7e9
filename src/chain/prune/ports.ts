import type { Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { ServerIdentity } from "../../audit/cluster-identity.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import type { ArchivedBeginning, Removal } from "../../audit/pruning/remove-beginning.ts";
import type { Survey } from "../../audit/pruning/survey.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { NewFolder } from "../../run/new-folder.ts";
import type { GivenFiles } from "../given-files.ts";
import type { ChainFacts } from "../../audit/open-snapshot.ts";
import type { PruneInput } from "./input.ts";

export interface PrunePorts {
  /** Throws `unreadable-checkpoint`, `untrusted-checkpoint`, and what reading keys throws. */
  readGiven(input: PruneInput): Promise<{ readonly given: GivenFiles; readonly states: Anchors["states"] }>;
  /** Opens a chain that custody installed in one READ ONLY snapshot. Throws `no-chain`, `bad-usage`, and what connecting throws. */
  openChain(input: PruneInput): Promise<PrunableChain>;
  /** Throws `file-unwritable` where something is already. */
  openArchive(path: string): Archive;
}

export interface PrunableChain extends AsyncDisposable {
  readonly facts: ChainFacts;
  readonly profile: ChainProfile;
  /** Null where the role may not ask. */
  readonly identity: ServerIdentity | null;
  /** Throws `permission-denied`, `unsupported-server` where this session may remove nothing. */
  requireRight(): Promise<void>;
  /** Verifies every row of the snapshot, and learns how old they are. */
  verify(
    before: bigint,
    sizes: readonly number[],
    onProgress: (rows: number, total?: number) => void,
  ): Promise<{ readonly verification: ChainVerification; readonly survey: Survey }>;
  /** Gives rows of the snapshot as lines, those numbered `after` + 1 to `to`. */
  exportRows(
    range: { readonly after: number; readonly to: number },
    onLine: (line: string) => void,
    onProgress: (rows: number, total: number) => void,
  ): Promise<void>;
  /** Gives the snapshot up, which would keep the server from freeing anything meanwhile. */
  endSnapshot(): Promise<void>;
  remove(beginning: ArchivedBeginning): Promise<Removal>;
}

/** A bundle of the rows that are removed. Disposing takes it away again, unless it is to be kept. */
export interface Archive extends AsyncDisposable {
  readonly folder: Pick<NewFolder, "create" | "write" | "files">;
  /** Unfinished archives beside it, of runs that were killed or that go on. */
  readonly leftovers: readonly string[];
  /** Puts it in its place, on disk. */
  settle(): Promise<void>;
  /** Reads it from disk again and verifies it offline as anybody would. Returns the SHA-256 of its report. Throws `archive-unsound`. */
  check(onProgress: (rows: number, total?: number) => void): Promise<Uint8Array>;
  keep(): void;
}
