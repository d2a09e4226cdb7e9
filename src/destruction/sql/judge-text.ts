import type { Destruction } from "../destruction.ts";
import { chooseReadings } from "./choose-readings.ts";
import { judgeOutput } from "./judge-inside.ts";
import { judgeStatement } from "./judge-statement.ts";
import type { Setting } from "./setting.ts";
import { splitStatements } from "./split-statements.ts";
import type { Statement } from "./split-statements.ts";
import type { Reading } from "./tokenize.ts";

const deepest = 4;

/** What parses, and what is looked for. */
export type JudgedBy = Pick<Setting, "parse" | "suspicion">;

/**
 * What each statement of a text destroys. `isBody`: the text is the body of a function: statements begin behind BEGIN, THEN, LOOP, and
 * EXECUTE takes an expression. `depth`: how many texts it stands within that are run.
 */
export function judgeText(
  text: string,
  by: JudgedBy,
  isBody: boolean,
  depth: number,
): readonly Destruction[] {
  if (depth > deepest) return [];
  const readings = chooseReadings(text, by.parse, isBody);
  const [found = [], ...more] = readings.map((reading) => judgeReading(text, reading, by, isBody, depth));
  const seen = new Set(found.map(identityOf));
  return [...found, ...more.flat().filter((destruction) => !seen.has(identityOf(destruction)))];
}

function judgeReading(
  text: string,
  reading: Reading,
  by: JudgedBy,
  isBody: boolean,
  depth: number,
): readonly Destruction[] {
  const variables = new Map<string, string>();
  const found: Destruction[] = [];
  let isInBlock = isBody;
  for (const statement of splitStatements(text, reading)) {
    isInBlock ||= opensBlock(statement);
    found.push(...judgeStatement(statement, settingAt(by, isInBlock, depth, variables)));
  }
  return found;
}

function identityOf({ at, kind, names }: Destruction): string {
  return [at, kind, ...names].join("\0");
}

/** What the answer of each query in a text destroys when it is run. */
export function judgeAnswers(text: string, by: JudgedBy): readonly Destruction[] {
  const setting = settingAt(by, false, 0, new Map());
  const [reading = "script"] = chooseReadings(text, by.parse, false);
  return [...splitStatements(text, reading)].flatMap(({ tokens }) => judgeOutput(tokens, setting));
}

function settingAt(by: JudgedBy, isBody: boolean, depth: number, variables: Map<string, string>): Setting {
  const judgeInside: Setting["judgeInside"] = (text, isInsideBody) =>
    judgeText(text, by, isInsideBody, depth + 1);
  return { ...by, isBody, variables, judgeInside };
}

const blocks = new RegExp(
  "^(?:DECLARE\\b|BEGIN(?:$| (?:ALTER|CALL|CREATE|DECLARE|DELETE|DROP|EXEC|EXECUTE|FOR|IF|INSERT|SELECT|SET|TRY|UPDATE|WHILE)\\b)|" +
    "(?:CREATE|ALTER) (?:OR (?:REPLACE|ALTER) )?(?:DEFINER .*)?(?:PROC|PROCEDURE|FUNCTION|TRIGGER|EVENT|PACKAGE)\\b)",
);

function opensBlock({ tokens }: Statement): boolean {
  return blocks.test(
    tokens
      .slice(0, 12)
      .map(({ word }) => word)
      .join(" "),
  );
}
