import type { Settled } from "../ports.ts";
import type { Unsettled } from "./unsettled.ts";

/** One statement that was let through, and is followed to its end. */
interface Followed {
  readonly settle: (settled: Settled) => void;
  /** The cycle that it is in. */
  readonly cycle: number;
  /** Which Execute of its cycle it is; null: a simple query. */
  readonly execute: number | null;
  /** Whether its text holds transaction commands of its own: then the protocol alone does not tell how it ended. */
  isMixed: boolean;
  /** Whether what it did may stand when it fails: it may commit on its way. */
  readonly mayCommit: boolean;
  /** How many of the savepoints that stood when it was sent still stand. */
  depth: number;
  state: "sent" | "executed" | "committed" | "failed";
  /** What the client sent behind it to end what it is in, and in which cycle: it counts once it has been executed. */
  end: { readonly by: "commit" | "rollback"; readonly cycle: number } | null;
  error: Settled["error"];
}

/**
 * How statements end that were let through, told from what the server answers: at the end of their transaction, not before
 * (PostgreSQL documentation, "Message Flow"). Savepoints are followed by what the client says of them.
 */
export interface Outcomes {
  follow(
    place: Pick<Followed, "cycle" | "execute" | "isMixed" | "mayCommit">,
    settle: (settled: Settled) => void,
  ): void;
  /** Whether any statement is followed: then completions and errors have to be told. */
  isFollowing(): boolean;
  /** A CommandComplete, EmptyQueryResponse, PortalSuspended or FunctionCallResponse: the `execute`-th of the cycle that the server is in. */
  completed(cycle: number, execute: number, tag: string): void;
  failed(cycle: number, execute: number, error: NonNullable<Settled["error"]>): void;
  /** ReadyForQuery, with its status: `I`, `T` or `E`. */
  ready(cycle: number, status: string): void;
  /** The client sends a transaction command that moves its savepoints. */
  savepoint(
    move: { readonly type: "savepoint" | "release" | "rollback-to"; readonly name: string },
    cycle: number,
  ): void;
  /** It sends what ends its transaction: more may begin and end before the next ReadyForQuery, and ROLLBACK's tag is ROLLBACK TO's as well. */
  end(by: "commit" | "rollback", cycle: number): void;
  /** It does what hides the end of its transaction. */
  blur(): void;
  /** The session is over. */
  lost(): void;
}

export function createOutcomes(unsettled: Unsettled): Outcomes {
  let followed: Followed[] = [];
  let savepoints: string[] = [];
  let lastTag = "";
  let isBlurred = false;
  let isLost = false;

  function count(): void {
    unsettled.followed = followed.length + savepoints.length;
  }

  /** How it ended, at a ReadyForQuery with this status; null: its transaction goes on. */
  function outcomeOf(each: Followed, isLater: boolean, status: string): Settled["outcome"] | null {
    const isUnsure = each.isMixed || isBlurred;
    switch (each.state) {
      case "sent":
        // Answered, and never reached: what came before it failed.
        return each.error === null ? "unknown" : "error";
      case "failed":
        return isUnsure || each.mayCommit ? "unknown" : "error";
      case "committed":
        return isUnsure ? "unknown" : "ok";
      case "executed": {
        if (each.end?.by === "rollback") return isUnsure ? "unknown" : "rolled_back";
        const isChained = isLater && lastTag === "COMMIT";
        if (status !== "I" && !isChained) return null;
        if (isUnsure || lastTag === "PREPARE TRANSACTION") return "unknown";
        if (lastTag === "COMMIT") return "ok";
        return lastTag === "ROLLBACK" || each.error !== null ? "rolled_back" : "ok";
      }
    }
  }

  return {
    follow(place, settle) {
      if (isLost) return settle({ outcome: "unknown", error: null });
      // What stands before it in its pipeline is committed with it, or not.
      if (place.mayCommit) for (const each of followed) each.isMixed ||= each.cycle === place.cycle;
      followed.push({ ...place, settle, depth: savepoints.length, state: "sent", end: null, error: null });
      count();
    },
    isFollowing: () => followed.length > 0,
    completed(cycle, execute, tag) {
      lastTag = tag;
      for (const each of followed) {
        const isIts = each.cycle === cycle && (each.execute === null || each.execute === execute);
        if (isIts && each.state === "sent") each.state = "executed";
        else if (tag === "COMMIT" && each.state === "executed" && each.end?.by !== "rollback")
          each.state = "committed";
      }
    },
    failed(cycle, execute, error) {
      for (const each of followed) {
        // What was to end it was skipped.
        if (each.end?.cycle === cycle && each.state === "executed") isBlurred = true;
        if (each.cycle !== cycle) continue;
        each.error = error;
        // A simple query is one implicit transaction; what an Execute did before one that failed ends with the pipeline's.
        if (each.execute === null || each.execute >= execute) each.state = "failed";
      }
    },
    ready(cycle, status) {
      followed = followed.filter((each) => {
        const outcome = each.cycle > cycle ? null : outcomeOf(each, each.cycle < cycle, status);
        if (outcome !== null) each.settle({ outcome, error: each.error });
        return outcome === null;
      });
      if (status === "I") {
        savepoints = [];
        isBlurred = false;
      }
      count();
    },
    savepoint({ type, name }, cycle) {
      if (type === "savepoint") {
        if (savepoints.length < mostSavepoints) savepoints.push(name);
        else isBlurred = true;
        return count();
      }
      const index = savepoints.lastIndexOf(name);
      if (index < 0) {
        isBlurred = followed.length > 0;
        return;
      }
      savepoints = savepoints.slice(0, type === "release" ? index : index + 1);
      count();
      if (type === "release") for (const each of followed) each.depth = Math.min(each.depth, index);
      else for (const each of followed) if (each.depth > index) each.end ??= { by: "rollback", cycle };
    },
    end(by, cycle) {
      savepoints = [];
      for (const each of followed) each.end ??= { by, cycle };
      count();
    },
    blur() {
      isBlurred = followed.length > 0;
    },
    lost() {
      isLost = true;
      for (const { settle, error } of followed) settle({ outcome: "unknown", error });
      followed = [];
      count();
    },
  };
}

const mostSavepoints = 1024;
