import type { Destruction } from "../../destruction.ts";
import { queryOfRequest } from "../../sql/query-of-request.ts";
import { programName, tail, within, type Command, type CommandPorts, type CommandWord } from "../command.ts";
import { judgeClientSql } from "./judge-client-sql.ts";

const sent = /^(?:-d|--data|--data-(?:raw|binary|ascii|urlencode)|--post-data|--body-data)$/;
const statement = /^\s*(?:drop|truncate|delete)\s/i;

/**
 * Databases that are asked over HTTP: `curl http://influx:8086/query --data-urlencode "q=DROP DATABASE x"`, `curl clickhouse:8123 -d "DROP DATABASE x"`. Null for any
 * other program.
 */
export function judgeHttpClient(command: Command, ports: CommandPorts): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined || !/^(?:curl|wget|httpie|https?|xh)$/.test(programName(program))) return null;
  const judge = (word: CommandWord): readonly Destruction[] => within(word, judgeClientSql(word.text, ports));
  const found = rest.flatMap((word, index) => {
    const attached = /^(?:-d|--data(?:-\w+)?=|--(?:post|body)-data=)(?=\S)/.exec(word.text)?.[0] ?? "";
    const value = tail(word, attached.length);
    const query = queryOfRequest(value.text);
    if (query !== null) return within(tail(value, query.at), judgeClientSql(query.text, ports));
    const isSent = attached !== "" || sent.test(rest[index - 1]?.text ?? "");
    return isSent && statement.test(value.text) ? judge(value) : [];
  });
  const input = rest.some(({ text }) => text.endsWith("@-")) ? command.input : null;
  return input !== null && statement.test(input.text) ? [...found, ...judge(input)] : found;
}
