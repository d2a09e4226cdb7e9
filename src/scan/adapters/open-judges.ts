import { judgeCommand } from "../../destruction/command/judge-command.ts";
import { judgeMongoCommand, judgeMongoScript } from "../../destruction/mongo/judge-mongo.ts";
import { judgeNatsSubject } from "../../destruction/nats/judge-nats.ts";
import { judgeRedis } from "../../destruction/redis/judge-redis.ts";
import { judgeSql } from "../../destruction/sql/judge-sql.ts";
import { sqlParser } from "../../postgres/parse-sql.ts";
import { createShellJudge } from "../carriers/shell/judge-shell.ts";
import type { Judges } from "../meaning/judges.ts";
import type { Parsers } from "./tree-sitter.ts";

/** The judges with their parsers loaded. What they said of a text is kept: a constant is used more than once. */
export async function openJudges(parsers: Parsers): Promise<Judges> {
  const [parseSql] = await Promise.all([sqlParser(), parsers.load("bash")]);
  const sql = remember((text: string) => judgeSql(text, parseSql));
  const shell = remember(
    createShellJudge({ parseSql, parseShell: (script) => parsers.parse("bash", script) }),
  );
  return {
    sql,
    shell,
    command: (words, input) => judgeCommand(words, input, { parseSql, judgeScript: shell }),
    redis: judgeRedis,
    mongoCommand: judgeMongoCommand,
    mongoScript: judgeMongoScript,
    natsSubject: judgeNatsSubject,
  };
}

/** Texts beyond these are not worth remembering. */
const mostRemembered = 20_000;

function remember<T>(judge: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const judged = judge(text);
    if (known.size < mostRemembered) known.set(text, judged);
    return judged;
  };
}
