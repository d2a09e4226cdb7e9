import { findNodes } from "../../../postgres/parse-sql.ts";
import type { ParseNode } from "../../../postgres/parse-sql.ts";
import type { Destruction } from "../../destruction.ts";
import type { Found } from "../../found.ts";
import { judgeTree } from "../judge-tree.ts";
import { textOf } from "../token.ts";
import type { Token } from "../token.ts";
import { childOf, isOff, options, textIn } from "../tree.ts";
import type { WireStatement } from "./collect-statements.ts";
import { fillSettingName } from "./fill-setting-name.ts";
import { isDoubtful } from "./is-doubtful.ts";
import { judgeBodies } from "./judge-wire-bodies.ts";
import { judgeCall, readCall, textsOf } from "./judge-wire-calls.ts";
import { judgeLong } from "./judge-wire-long.ts";
import { judgeWireNode } from "./judge-wire-node.ts";
import type { SqlEffect } from "./judgement.ts";
import { findShadow } from "./find-shadow.ts";
import { readEffects } from "./read-effects.ts";
import { restoreName } from "./read-tokens.ts";
import { readTransaction } from "./read-transaction.ts";
import { headOf, nothing, opaque, unknown, withoutRepeats } from "./statement-judgement.ts";
import type { StatementJudgement, WireSetting } from "./statement-judgement.ts";
import { roleSettings } from "./watched-settings.ts";

/** What one statement destroys and does to its session. What cannot be known for certain is opaque. */
export function judgeWireStatement(statement: WireStatement, setting: WireSetting): StatementJudgement {
  const { tokens } = statement;
  const transaction = readTransaction(tokens);
  if (transaction !== null) return { ...nothing, effects: [transaction] };
  if (!isDoubtful(statement, setting.reader)) return nothing;
  if (statement.isLong) return judgeLong(statement, setting.reader);
  const trees = setting.reader.parse(textOf(tokens));
  const [tree] = trees ?? [];
  if (tree === undefined || trees?.length !== 1) return unknown(headOf(tokens));
  return judgeWireTree(tree, tokens, setting);
}

/** Of a statement that the grammar has read. */
export function judgeWireTree(
  given: ParseNode,
  tokens: readonly Token[],
  setting: WireSetting,
): StatementJudgement {
  const tree = fillSettingName(given);
  const prepared = childOf(tree, "PrepareStmt");
  if (prepared !== null) return judgePrepared(prepared, tokens, setting);
  const found: Found[] = [];
  const effects: SqlEffect[] = [...readEffects(tree)];
  // A function that takes on a role when it is called.
  if (!("VariableSetStmt" in tree) && setsRole(tree)) found.push(disarmingRole);
  const isDefinition = "CreateFunctionStmt" in tree || "RuleStmt" in tree;
  for (const one of judgeTree(tree)) if (!isOfCall(one)) found.push(writtenAs(one, tokens));
  const shadow = findShadow(tree, setting.reader);
  const inner = [...judgeNodes(tree, setting), ...judgeBodies(tree, setting)];
  for (const { found: more, effects: others } of inner) {
    found.push(...more);
    effects.push(...others);
  }
  return {
    found: withoutRepeats(
      [...(isDefinition ? found.flatMap(laterOf) : found), ...(shadow === null ? [] : [shadow])].map(
        withNames,
      ),
    ),
    effects: isDefinition ? [] : effects,
    isForced: isForced(tree),
    isIfExists: isIfExists(tree),
  };
}

const disarmingRole: Found = { kind: "disarming", what: "… SET role", names: [] };

function setsRole(tree: ParseNode): boolean {
  for (const node of findNodes(tree, "VariableSetStmt"))
    if (roleSettings.has(textIn(node, "name").toLowerCase())) return true;
  return false;
}

/** Nothing is done before EXECUTE. */
function judgePrepared(
  prepared: ParseNode,
  tokens: readonly Token[],
  setting: WireSetting,
): StatementJudgement {
  const query = childOf(prepared, "query");
  const judged = query === null ? nothing : judgeWireTree(query, tokens, setting);
  const destructions = judged.found.map((one): Destruction => ({ ...one, at: 0, certainty: "certain" }));
  const effect: SqlEffect = {
    type: "prepare",
    name: restoreName(textIn(prepared, "name")),
    destructions,
    effects: judged.effects,
  };
  return { ...nothing, effects: [effect] };
}

/** What this does to a database, a role or a guard when it is called is not seen then: so it is told where it is defined. */
const severe: ReadonlySet<string> = new Set(
  "database role owned schema catalog tablespace subscription slot".split(" "),
);

function laterOf(found: Found): readonly Found[] {
  if (severe.has(found.kind)) return [opaque(`a definition with ${found.what}`)];
  return found.kind === "opaque" || found.kind === "disarming" ? [found] : [];
}

/** What a call hides is told by `judgeCalled`, which reads more of its arguments. */
function isOfCall({ kind, what }: Found): boolean {
  return kind === "opaque" && what.endsWith("()");
}

/** A role is a user and a group, too: what is shown is the word that was written. */
function writtenAs(found: Found, tokens: readonly Token[]): Found {
  const object = tokens[1]?.word;
  const isWritten = found.what === "DROP ROLE" && (object === "USER" || object === "GROUP");
  return isWritten ? { ...found, what: `DROP ${object}` } : found;
}

function withNames(found: Found): Found {
  return { ...found, what: restoreName(found.what), names: found.names.map(restoreName) };
}

function isForced(tree: ParseNode): boolean {
  const drop = childOf(tree, "DropdbStmt");
  return drop !== null && options(drop).some(({ name }) => name === "force");
}

function isIfExists(tree: ParseNode): boolean {
  const drop = childOf(tree, "DropdbStmt") ?? childOf(tree, "DropRoleStmt") ?? childOf(tree, "DropStmt");
  return drop !== null && drop["missing_ok"] === true;
}

/** What the nodes of a tree destroy that only the wire counts, and the texts that its calls run. */
function judgeNodes(tree: ParseNode, setting: WireSetting): readonly StatementJudgement[] {
  const judged: StatementJudgement[] = [];
  walk(tree, true, setting, judged);
  return judged;
}

function walk(tree: ParseNode, isRun: boolean, setting: WireSetting, judged: StatementJudgement[]): void {
  for (const type in tree) {
    const value = tree[type];
    if (typeof value !== "object" || value === null) continue;
    const nodes: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const node of nodes) {
      if (!isParseNode(node)) continue;
      const isDone = isRun && (type !== "ExplainStmt" || isAnalysed(node));
      const found = isDone ? judgeWireNode(type, node) : null;
      if (found !== null) judged.push({ ...nothing, found: [found] });
      if (type === "FuncCall" || type === "funccall")
        judged.push(...judgeCalled(type, node, isDone, setting));
      walk(node, isDone, setting, judged);
    }
  }
}

function isParseNode(value: unknown): value is ParseNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAnalysed(explain: ParseNode): boolean {
  return options(explain).some(({ name, value }) => name === "analyze" && !isOff(value));
}

function judgeCalled(
  type: string,
  node: ParseNode,
  isRun: boolean,
  { reader, judgeText }: WireSetting,
): readonly StatementJudgement[] {
  const call = readCall(node);
  // A procedure does what it likes, whoever calls it. To plan a query, too, may call a function.
  const found = type === "funccall" ? judgeCall(call, { ...reader, isAdmin: true }) : judgeCall(call, reader);
  const own = found === null ? [] : [{ ...nothing, found: [found] }];
  if (!isRun) return own;
  const run = textsOf(call).map((text) => {
    if (text === null) return nothing;
    const inside = judgeText(restoreName(text));
    // It is run elsewhere, or for its rows alone: this session stays as it is.
    return inside === null ? unknown(`${call.name}()`) : { ...inside, effects: [] };
  });
  const isUnknown = textsOf(call).includes(null);
  return [...own, ...run, ...(isUnknown ? [unknown(`${call.name}()`)] : [])];
}
