import { hole } from "../../../destruction/destruction.ts";
import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { buildText, cut, verbatim, type MappedText } from "../mapped-text.ts";
import { unescapeJson } from "../read-json-list.ts";

/** `sh '…'`, `sh """…"""`, `sh(script: "…")`, `bat`, `powershell`, `sh "…" + x`. */
const steps =
  /(?<![\w.$"'])(?:sh|bat|powershell|pwsh|sshCommand|sshScript|exec|commandLine)\b\s*\(?[^"'\n{}]{0,80}?("""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g;

/** Groovy's own `Sql`: `sql.execute "…"`. */
const statements =
  /\.(?:execute(?:Update|Insert|Query)?|eachRow|firstRow|rows|call)\b\s*\(?\s*("""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g;

/** A Jenkinsfile, or another script in Groovy, as far as it runs a shell, or SQL. */
export const readJenkinsfile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "slashes" });
  const plain = source.replaceAll(/(?<=^|\s)\/\/[^\n]*|\/\*[^]*?\*\//g, (comment) =>
    comment.replaceAll(/[^\n]/g, " "),
  );
  const whole = verbatim(plain, 0);
  const read = ({ index, 0: all, 1: text = "" }: RegExpExecArray): MappedText => {
    const quote = text.startsWith('"""') || text.startsWith("'''") ? 3 : 1;
    const from = index + all.length - text.length + quote;
    const inner = cut(whole, from, from + text.length - 2 * quote);
    return text.startsWith('"') ? fillGroovy(inner) : unescapeJson(inner);
  };
  for (const step of plain.matchAll(steps)) sites.script(read(step));
  for (const statement of plain.matchAll(statements)) sites.sql(read(statement));
  return sites.result();
};

/** `${…}` of Groovy is a hole, `\$` the shell's dollar. */
function fillGroovy(text: MappedText): MappedText {
  const builder = buildText();
  let done = 0;
  for (const value of text.text.matchAll(/(?<!\\)\$(?:\{[^{}]*\}|[A-Za-z_][\w.]*)/g)) {
    builder.addMapped(text, done, value.index);
    builder.addFixed(hole, cut(text, value.index, value.index + 1).spans[0]?.at ?? 0);
    done = value.index + value[0].length;
  }
  builder.addMapped(text, done);
  return unescapeJson(builder.done());
}
