import { judgeClientSql } from "../../destruction/command/clients/judge-client-sql.ts";
import { judgeCommand } from "../../destruction/command/judge-command.ts";
import type { Destruction } from "../../destruction/destruction.ts";
import { judgeMongoScript } from "../../destruction/mongo/judge-mongo.ts";
import { linesOf } from "../lines.ts";
import type { Context, Site } from "../site.ts";
import type { CarrierPorts, CarrierResult } from "./carrier.ts";
import { findAllowances, type CommentMarks } from "./find-allowances.ts";
import { buildText, placeOf, type MappedText } from "./mapped-text.ts";
import { createShellJudge, judgeScript } from "./shell/judge-shell.ts";

/** Collects what the pieces of one file destroy. */
export interface SiteCollector {
  script(text: MappedText, context?: Context): void;
  /** The words of one command, as `exec` takes them. */
  command(words: readonly MappedText[]): void;
  sql(text: MappedText, context?: Context): void;
  mongo(text: MappedText): void;
  /** A destruction that is no text: a setting, a module of Ansible. `at` is where it stands in the file. */
  add(destruction: Omit<Destruction, "certainty">): void;
  error(at: number): void;
  result(): CarrierResult;
}

export interface CollectOptions {
  readonly marks: CommentMarks;
  /** What is found and does not count in such a file. */
  readonly leaves?: (destruction: Destruction) => boolean;
}

export function collectSites(source: string, ports: CarrierPorts, options: CollectOptions): SiteCollector {
  const sites = new Map<string, { site: Site; names: Set<string> }>();
  const errors: number[] = [];
  const lines = linesOf(source);
  const keep = (destruction: Destruction, at: number, context: Context, name?: string) => {
    if (options.leaves?.(destruction) === true) return;
    const key = `${destruction.kind} ${destruction.what} ${lines.at(at).line}`;
    const before = sites.get(key);
    if (before !== undefined) {
      if (context !== "executed" || before.site.context !== context) return;
      for (const each of destruction.names) before.names.add(each);
      if (at < before.site.at) before.site = { ...before.site, at };
      return;
    }
    const confidence = context === "stored" ? "low" : destruction.certainty === "certain" ? "high" : "medium";
    const site: Site = {
      kind: destruction.kind,
      what: destruction.what,
      names: destruction.names,
      at,
      context,
      confidence,
    };
    const names = new Set(destruction.names);
    sites.set(key, { site: name === undefined ? site : { ...site, function: name }, names });
  };
  const keepAll = (found: readonly Destruction[], text: MappedText, context: Context) => {
    for (const one of found) keep(one, placeOf(text, one.at), context);
  };
  const judge = createShellJudge(ports);
  return {
    script: (text, context = "executed") => {
      const judged = judgeScript(text.text, ports);
      for (const one of judged.executed)
        keep(one, placeOf(text, one.at), context, functionAt(judged.functions, one.at));
      for (const one of judged.stored)
        keep(one, placeOf(text, one.at), "stored", functionAt(judged.functions, one.at));
      for (const error of judged.errors) errors.push(placeOf(text, error));
    },
    command: (words) => {
      const builder = buildText();
      for (const word of words) {
        builder.addMapped(word);
        builder.addFixed(" ", word.spans.at(-1)?.at ?? 0);
      }
      const found = judgeCommand(
        words.map(({ text }) => text),
        null,
        { parseSql: ports.parseSql, judgeScript: judge },
      );
      keepAll(found, builder.done(), "executed");
    },
    sql: (text, context = "executed") => {
      keepAll(judgeClientSql(text.text, { ...ports, judgeScript: judge }), text, context);
    },
    mongo: (text) => {
      keepAll(judgeMongoScript(text.text), text, "executed");
    },
    add: (destruction) => {
      keep({ ...destruction, certainty: "certain" }, destruction.at, "executed");
    },
    error: (at) => void errors.push(at),
    result: () => ({
      sites: Array.from(sites.values(), ({ site, names }) => ({ ...site, names: [...names] })).sort(
        (a, b) => a.at - b.at,
      ),
      comments: findAllowances(source, options.marks),
      errors: errors.sort((a, b) => a - b),
    }),
  };
}

/** The innermost function that a place stands in. */
function functionAt(
  functions: readonly { readonly name: string; readonly at: number; readonly end: number }[],
  at: number,
): string | undefined {
  let found: (typeof functions)[number] | undefined;
  for (const one of functions) {
    if (one.at <= at && at < one.end && (found === undefined || found.at <= one.at)) found = one;
  }
  return found?.name;
}
