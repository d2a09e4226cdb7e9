import { createHash } from "node:crypto";
import type { Destruction } from "../../destruction.ts";
import type { Found } from "../../found.ts";
import { collectStatements } from "./collect-statements.ts";
import { isSuspect } from "./find-suspicion.ts";
import { judgeWireStatement, judgeWireTree } from "./judge-wire-statement.ts";
import type { SqlEffect, SqlJudgement, SqlReader } from "./judgement.ts";
import { nothing, opaque, unknown } from "./statement-judgement.ts";
import type { StatementJudgement, WireSetting } from "./statement-judgement.ts";
import type { SqlState } from "./sql-state.ts";

const noTags: ReadonlyMap<string, string> = new Map();
const emptyHash = createHash("sha256").digest("hex");

/** Nothing is in the text that matters. */
export const harmless: SqlJudgement = {
  destructions: [],
  statements: 1,
  effects: [],
  tags: () => noTags,
  fingerprint: () => emptyHash,
  isForced: false,
  isIfExists: false,
};

/** So many destructions, and so many effects, of one text are told one by one; the rest is one opaque one. */
const most = 1000;
const deepest = 4;
const failure = "what the reader of SQL failed at";
const odd = "a text that may be read in two ways";

export interface Judging {
  /** False: a destruction, or something opaque, was found by now. */
  push(bytes: Uint8Array): boolean;
  /** `isSuspect`: words stand in the text that matter, so that it must be certain where they stand. */
  end(isSuspect: boolean): SqlJudgement;
}

/** Judges a text that comes in pieces. Never throws. */
export function startJudging(state: SqlState, reader: SqlReader): Judging {
  const destructions: Destruction[] = [];
  const effects: SqlEffect[] = [];
  let isForced = false;
  let isIfExists = false;
  const refuse = (what: string): void => {
    if (destructions.length <= most) destructions.push({ ...opaque(what), at: 0, certainty: "likely" });
  };
  const setting = settingAt(state, reader, 0);
  const reading = collectStatements(state, (statement) => {
    const judged = attempt(() => judgeWireStatement(statement, setting)) ?? unknown(failure);
    isForced ||= judged.isForced;
    isIfExists ||= judged.isIfExists;
    if (destructions.length + judged.found.length > most || effects.length + judged.effects.length > most) {
      refuse("more than is told one by one");
      return;
    }
    for (const found of judged.found) destructions.push({ ...found, at: 0, certainty: "certain" });
    effects.push(...judged.effects);
  });
  return {
    push(bytes) {
      if (attempt(() => reading.push(bytes) ?? true) === null) refuse(failure);
      return destructions.length === 0;
    },
    end(isText) {
      if (attempt(() => reading.end() ?? true) === null) refuse(failure);
      const { collected } = reading;
      if (isText && collected.isOdd) refuse(odd);
      return {
        destructions,
        statements: collected.statements,
        effects,
        tags: () => collected.tags,
        fingerprint: () => createHash("sha256").update(collected.shape()).digest("hex"),
        isForced,
        isIfExists,
      };
    },
  };
}

/** Null where it throws: a tree deeper than the stack, a fault of the reader's own. What is not judged is refused. */
function attempt<T>(judge: () => T): T | null {
  try {
    return judge();
  } catch {
    return null;
  }
}

function settingAt(state: SqlState, reader: SqlReader, depth: number): WireSetting {
  const setting: WireSetting = {
    state,
    reader,
    judgeText: (text) => (depth >= deepest ? null : judgeInside(text, state, reader, depth + 1)),
    judgeTree: (tree, tokens) => judgeWireTree(tree, tokens, setting),
  };
  return setting;
}

/** A text that a statement runs: it is in the server's encoding by then. */
function judgeInside(text: string, state: SqlState, reader: SqlReader, depth: number): StatementJudgement {
  const bytes = Buffer.from(text, "utf8");
  if (!reader.isAdmin && !isSuspect(bytes)) return nothing;
  const found: Found[] = [];
  const effects: SqlEffect[] = [];
  const inside = { isStandardStrings: state.isStandardStrings, encoding: "UTF8" };
  const setting = settingAt(inside, reader, depth);
  const reading = collectStatements(inside, (statement) => {
    const judged = judgeWireStatement(statement, setting);
    found.push(...judged.found);
    effects.push(...judged.effects);
  });
  reading.push(bytes);
  reading.end();
  // What is set within the same message may change how strings are read.
  if (reading.collected.isOdd || text.includes("\\")) found.push(opaque(odd));
  return { ...nothing, found, effects };
}
