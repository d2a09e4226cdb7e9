import type { SqlParser } from "../../postgres/parse-sql.ts";
import { hole, type Destruction } from "../destruction.ts";
import { judgeNatsSubject } from "../nats/judge-nats.ts";
import { judgeClientSql } from "./clients/judge-client-sql.ts";
import { judgeCodeArgument } from "./clients/judge-code-argument.ts";
import { judgeHttpClient } from "./clients/judge-http-client.ts";
import { judgeMongoClient } from "./clients/judge-mongo-client.ts";
import { judgeRedisClient, judgeRedisInput } from "./clients/judge-redis-client.ts";
import { judgeSqlClient } from "./clients/judge-sql-client.ts";
import { programName, tail, within, type Command, type CommandPorts, type CommandWord } from "./command.ts";
import { judgeByTable, tabulate } from "./command-table.ts";
import { judgeUnknownCommand } from "./judge-unknown-command.ts";
import { isQuiet } from "./quiet-commands.ts";
import { databaseTools } from "./tools/database-tools.ts";
import { judgeRemoval } from "./tools/judge-removal.ts";
import { migrationTools } from "./tools/migration-tools.ts";
import { platformTools } from "./tools/platform-tools.ts";
import { rollbackTools } from "./tools/rollback-tools.ts";
import { unwrapCommand, type Inner } from "./wrappers/unwrap-command.ts";

const tools = tabulate([...databaseTools, ...migrationTools, ...rollbackTools, ...platformTools]);

/** A command inside of a command inside of … more often than that is nobody's. */
const deepest = 12;

/**
 * Judges one simple command after expansion. A word may be or hold `hole`; `input` is what is piped or here-documented into it. What
 * is found begins at `at` in the words joined by single spaces and, after a line feed, the input; one for one kind at one place.
 */
export function judgeCommand(
  words: readonly string[],
  input: string | null,
  ports: {
    readonly parseSql: SqlParser;
    readonly judgeScript: (script: string) => readonly Destruction[];
  },
): readonly Destruction[] {
  let at = 0;
  const placed: CommandWord[] = [];
  for (const text of words) {
    placed.push({ text, at });
    at += text.length + 1;
  }
  const found = new Map<string, Destruction>();
  for (const one of judgeWords(
    { words: placed, input: input === null ? null : { text: input, at } },
    ports,
    0,
  )) {
    const key = `${one.kind} ${one.at}`;
    const before = found.get(key);
    const names = before === undefined ? one.names : [...new Set([...before.names, ...one.names])];
    found.set(key, { ...(before ?? one), names });
  }
  return [...found.values()];
}

function judgeWords(command: Command, ports: CommandPorts, depth: number): readonly Destruction[] {
  const [program] = command.words;
  if (program === undefined || depth > deepest) return [];
  const known = judgeSqlClient(command, ports) ?? judgeMongoClient(command) ?? judgeRedisClient(command);
  if (known !== null && known.length > 0) return known;
  const listed = judgeByTable(command, tools);
  if (listed !== null && listed.length > 0) return listed;
  const special =
    judgeNats(command) ??
    judgeNetcat(command) ??
    judgeHttpClient(command, ports) ??
    judgeVault(command, ports) ??
    judgeRemoval(command);
  if (special !== null) return special;
  const code = judgeCodeArgument(command, ports.parseSql);
  if (code !== null) return code;
  const inner = unwrapCommand(command);
  if (inner !== null) return inner.flatMap((one) => judgeInner(one, ports, depth));
  // A tool that is known, and was told nothing that destroys.
  if (known !== null || listed !== null || isQuiet(programName(program))) return [];
  return judgeUnknownCommand(command, ports, (guess) => judgeWords(guess, ports, depth + 1));
}

function judgeInner(inner: Inner, ports: CommandPorts, depth: number): readonly Destruction[] {
  if (inner.is === "command") return judgeWords(inner.command, ports, depth + 1);
  if (inner.input === null) return within(inner.script, ports.judgeScript(inner.script.text));
  return judgeFedScript(inner.script, inner.input, ports);
}

/** A script whose commands read what is piped into the shell: it is given to them as a here-document. */
function judgeFedScript(
  script: CommandWord,
  input: CommandWord,
  ports: CommandPorts,
): readonly Destruction[] {
  const before = "{ ";
  const between = "\n} <<'CUSTODY-INPUT'\n";
  const from = before.length + script.text.length + between.length;
  const whole = `${before}${script.text}${between}${input.text}\nCUSTODY-INPUT\n`;
  return ports.judgeScript(whole).map((destruction) => ({
    ...destruction,
    at:
      destruction.at >= from
        ? input.at + destruction.at - from
        : script.at + Math.max(0, Math.min(destruction.at - before.length, script.text.length)),
  }));
}

/** `nats req '$JS.API.STREAM.DELETE.ORDERS' ''` */
function judgeNats(command: Command): readonly Destruction[] | null {
  const [program, verb, ...rest] = command.words;
  if (program === undefined || programName(program) !== "nats") return null;
  if (!/^(?:req|request|pub|publish)$/.test(verb?.text ?? "")) return null;
  return rest.flatMap((word) => {
    const found = judgeNatsSubject(word.text);
    return found === null ? [] : within(word, [found]);
  });
}

/** `vault write database/roles/app revocation_statements="DROP ROLE …"`: what Vault runs when a lease ends. */
function judgeVault(command: Command, ports: CommandPorts): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined || !/^(?:vault|bao)$/.test(programName(program))) return null;
  return rest.flatMap((word) => {
    const key = /^(?:revocation|rollback|rotation|renew|root_rotation)_statements=/.exec(word.text);
    if (key === null) return [];
    const value = tail(word, key[0].length);
    return within(value, judgeClientSql(value.text, ports));
  });
}

/** `echo FLUSHALL | nc redis 6379`, a port that says what listens. */
function judgeNetcat(command: Command): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined || !/^(?:nc|ncat|netcat|telnet|socat)$/.test(programName(program))) return null;
  const isRedis = rest.some(({ text }) => /63\d\d|redis/i.test(text) || text === hole);
  return command.input === null || !isRedis ? [] : judgeRedisInput(command.input);
}
