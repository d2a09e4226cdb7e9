import type { Expression } from "../syntax/syntax.ts";
import { consumerOf } from "./callback-values.ts";
import { calleeOf, chainOf, plainName } from "./callee.ts";
import type { Callee } from "./callee.ts";
import { chainWords } from "./chain-words.ts";
import { clientMethod, mayBeClientMethod } from "./client-methods.ts";
import { resolve } from "./fold.ts";
import type { Scope } from "./scope.ts";
import { frameworkWords } from "./framework-words.ts";
import { isMocked, isMocking } from "./holder.ts";
import { isOwnMethod } from "./is-own-method.ts";
import type { Holder } from "./holder.ts";
import { judgeArguments, judgeMethod, judgeWords } from "./judge-arguments.ts";
import { judgeDocument } from "./judge-document.ts";
import type { Judged } from "./judge-arguments.ts";
import type { Judges } from "./judges.ts";
import { lookUp } from "./look-up.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import { judgeProcess } from "./judge-process.ts";
import { judgeHeld, judgeReceiver } from "./judge-receiver.ts";
import type { Call } from "./program.ts";
import type { Resolved } from "./resolve-call.ts";
import type { Role } from "./role.ts";
import { typeOf } from "./type-of.ts";
import type { Handed, Run } from "./uses.ts";

interface Judging {
  readonly call: Call;
  readonly callee: Callee;
  readonly resolved: Resolved;
  readonly role: Role;
  readonly scope: Scope;
  readonly holder: Holder;
  readonly judges: Judges;
  /** Whether its arguments, or what it is made on, may hold a text that destroys. */
  readonly isInteresting: boolean;
}

/** What a call itself destroys: as a method of a client, as a command that is put together, or by what it executes. */
export function judgeRun(judging: Judging): {
  readonly runs: readonly Run[];
  readonly handed: readonly Handed[];
} {
  const { call, callee, role, scope, holder, judges } = judging;
  // What runs, runs, whatever is done with its result; but what a mock is told to expect does not.
  if (isExpected(scope, holder)) return { runs: [], handed: [] };
  const run = (judged: Judged, isSure: boolean): Run => ({
    ...judged,
    place: scope.place,
    call,
    ordinal: 0,
    isSure,
    isPreparing: preparing.has(plainName(callee.name)) || call.how === "tag",
  });
  const command = frameworkWords(callee, call, scope);
  if (command !== null)
    return { runs: judgeWords(command, judges).map((each) => run(each, true)), handed: [] };
  const methods = judgeClientMethod(judging).map((each) => run(each.judged, each.isSure));
  if (!judging.isInteresting) return { runs: methods, handed: [] };
  const chain = chainWords(call, scope);
  if (chain !== null && chain.words.length > 0) {
    // One command, however many calls put it together: it stands where it begins.
    const chained = judgeWords(chain.words, judges).map((each) => ({
      ...run(each, true),
      call: chain.start,
    }));
    return { runs: [...methods, ...chained], handed: [] };
  }
  if (role.does !== "executes" || (holder.isHarmless && holder.context !== "compared" && !role.isSure)) {
    return { runs: methods, handed: [] };
  }
  const args = [...call.args, ...call.named.map(({ value }) => value)];
  const documents =
    scope.place.unit.mentions.some((each) => each.startsWith("mongo")) ||
    /^(?:run|admin)_?command$/i.test(callee.name)
      ? [...args, namedDocument(call)]
      : [];
  const started = judgeProcess(callee, call, scope, judges);
  const judged =
    started.length > 0
      ? started
      : [
          ...judgeMethod(callee.name, args, scope, judges),
          ...judgeArguments(args, scope, judges),
          ...documents.flatMap((each) => judgeDocument(each, scope, judges)),
        ];
  const held = judged.length > 0 ? [] : judgeHeld(args, call.at, scope, judges);
  const onReceiver =
    judged.length + held.length > 0 || callee.receiver === null
      ? held
      : judgeReceiver(callee.receiver, call.at, scope, judges);
  return {
    runs: [
      ...methods,
      ...numbered(judged).map(({ ordinal, ...each }) => ({ ...run(each, role.isSure), ordinal })),
    ],
    handed: onReceiver.map((each) => ({ ...each, place: scope.place, call, context: "executed" })),
  };
}

/** Whether a call is only what a mock is told to expect: `when(db.execute(…))`, `mock.Setup(each => each.Execute(…))`. */
export function isExpected({ place }: Scope, holder: Holder): boolean {
  const consumer = consumerOf(place);
  return isMocked(holder) || (consumer !== null && isMocking(calleeOf(consumer).name));
}

/** Gives each destruction its place among those of its kind. */
function numbered(judged: readonly Judged[]): readonly (Judged & { readonly ordinal: number })[] {
  const counts = new Map<string, number>();
  return judged.map((each) => {
    const key = `${each.destruction.kind} ${each.destruction.what}`;
    const ordinal = counts.get(key) ?? 0;
    counts.set(key, ordinal + 1);
    return { ...each, ordinal };
  });
}

/** Calls that make a statement, or ready one, that another call executes. */
const preparing: ReadonlySet<string> = new Set(
  `prepare prepareasync preparex preparecontext preparestatement preparecall createcommand createquery createupdate createscript createnativequery createsqlquery createstatement sqlcommand
  npgsqlcommand mysqlcommand sqlitecommand oraclecommand odbccommand oledbcommand commanddefinition npgsqlbatchcommand sql raw text unsafe rawquery sqlquery statement
  processbuilder processstartinfo command commandcontext cmd ddl sqlalchemytext customsql addbatch dosql`
    .split(/\s+/)
    .filter(Boolean),
);

function judgeClientMethod({
  call,
  callee,
  resolved,
  scope,
}: Judging): readonly { readonly judged: Judged; readonly isSure: boolean }[] {
  if (!mayBeClientMethod(callee.name)) return [];
  const { unit } = scope.place;
  const chain =
    callee.receiver === null ? callee.chain : [...receiverNames(callee.receiver, scope), callee.name];
  const handle = callee.chain.at(-2) ?? "";
  const method = clientMethod({ ...callee, chain }, handle, call.args.length + call.named.length, {
    mentions: (pattern) => unit.mentions.some((each) => pattern.test(each)),
    imports: (pattern) => unit.syntax.imports.some(({ module }) => pattern.test(module.toLowerCase())),
  });
  if (method === null || isOwnMethod(resolved, callee, scope, method)) return [];
  const { kind, what, isSure } = method;
  const judged: Judged = {
    destruction: { kind, what, names: [], at: 0, certainty: "certain" },
    origins: new Set(),
  };
  return [{ judged, isSure }];
}

/** `command(dropUser: "bob")`: named arguments are a document, too. */
function namedDocument({ named, at }: Call): Expression {
  return { is: "map", entries: named, type: null, at };
}

/** The names along a receiver, with what a variable in it was made of, or its declared type. */
function receiverNames(receiver: Expression, scope: Scope): readonly string[] {
  const own = chainOf(receiver);
  if (receiver.is !== "name" && receiver.is !== "member") return own;
  const type = typeOf(receiver, scope);
  if (type !== null) return [...own, ...type.split(/::|\.|\\/)];
  if (isOnlyAddedTo(receiver, scope)) return own;
  const made = resolve(receiver, scope).find(({ value }) => value.is === "call");
  return made === undefined ? own : [...chainOf(made.value)];
}

/** Whether all that is known of a name is what is added to it: `jsm.streams.add(config)` does not say what `jsm.streams` is. */
function isOnlyAddedTo(receiver: Expression, { program, place }: Scope): boolean {
  const path = dottedPath(receiver);
  const meaning = path === null ? null : lookUp(program, place, path);
  return meaning?.is === "values" && meaning.definitions.every(({ set }) => set.isAppend);
}
