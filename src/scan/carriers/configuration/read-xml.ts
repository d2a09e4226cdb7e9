import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { buildText, cut, verbatim, type MappedText } from "../mapped-text.ts";
import { judgeSetting } from "./judge-setting.ts";

/** Elements that hold SQL: MyBatis', Liquibase's, a data source's. */
const statements =
  /<(sql|update|delete|insert|select|statement|sql-query|named-native-query|query|createSql|dropSql|rollback|executeSql|script)\b[^>]{0,1000}>([^]{0,8000}?)<\/\1>/g;
/** `<property name="hibernate.hbm2ddl.auto" value="create-drop"/>`, or with the value inside. */
const properties =
  /<(?:property|prop|entry)\s+(?:name|key)="([^"\n]{1,200})"(?:\s+value="([^"\n]{0,200})"|[^<>]{0,200}>([^<]{0,200})<)/g;
const entities: Record<string, string> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  "#10": "\n",
  "#39": "'",
};

/** XML that people keep SQL or settings in. */
export const readXml: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "markup" });
  const plain = source.replaceAll(/<!--[^]{0,20000}?-->/g, (comment) => comment.replaceAll(/[^\n]/g, " "));
  const whole = verbatim(plain, 0);
  for (const match of plain.matchAll(statements)) {
    const body = match[2] ?? "";
    if (!/drop|truncate|delete|alter/i.test(body)) continue;
    const from = match.index + match[0].length - body.length - `</${match[1]}>`.length;
    sites.sql(readText(cut(whole, from, from + body.length)));
  }
  for (const match of plain.matchAll(properties)) {
    const destruction = judgeSetting(match[1] ?? "", match[2] ?? match[3] ?? "", match.index);
    if (destruction !== null) sites.add(destruction);
  }
  for (const match of plain.matchAll(/<goal>\s*clean\s*<\/goal>/g)) {
    const before = plain.slice(Math.max(0, match.index - 1500), match.index);
    if (!/<artifactId>flyway-maven-plugin<\/artifactId>(?![^]*<\/plugin>)/.test(before)) continue;
    sites.add({ kind: "server", what: "flyway:clean", names: [], at: match.index });
  }
  for (const match of plain.matchAll(
    /<(?:dropAllForeignKeyConstraints|dropTable|dropView|dropSequence)\b/g,
  )) {
    sites.add({ kind: "table", what: match[0].slice(1), names: [], at: match.index });
  }
  return sites.result();
};

/** Text with its entities and CDATA read, the elements in it left out: `#{name}` and `${name}` stay as they are. */
function readText(text: MappedText): MappedText {
  const builder = buildText();
  let done = 0;
  for (const mark of text.text.matchAll(/<!\[CDATA\[|\]\]>|<[^<>]*>|&(\w+|#\d+);/g)) {
    builder.addMapped(text, done, mark.index);
    const place = cut(text, mark.index, mark.index + 1).spans[0]?.at ?? 0;
    builder.addFixed(mark[1] === undefined ? " " : (entities[mark[1]] ?? " "), place);
    done = mark.index + mark[0].length;
  }
  builder.addMapped(text, done);
  return builder.done();
}
