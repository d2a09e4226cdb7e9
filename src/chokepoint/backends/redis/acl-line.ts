import { ErrorReply } from "@redis/client";
import { toHex, sha256 } from "../../../run/sha256.ts";
import type { Command, Link } from "./link.ts";
import { explainRedisError } from "./explain-error.ts";
import { escapeGlob } from "./key-names.ts";
import { listOf, textOf } from "./replies.ts";

/** The line of ACL LIST of one user, `user NAME on #hash … ~pattern …`, as latin1; null where there is no such user. */
export async function readAclLine(link: Link, user: string): Promise<string | null> {
  return findLine(
    listOf(await link.ask(["ACL", "LIST"]), "ACL LIST").map((each) => textOf(each, "ACL LIST")),
    user,
  );
}

export function findLine(lines: readonly string[], user: string): string | null {
  return lines.find((line) => userOf(line) === user) ?? null;
}

/** Names hold no blanks: the server refuses them. */
export function userOf(line: string): string {
  return Buffer.from(line.split(" ", 2)[1] ?? "", "latin1").toString("utf8");
}

/**
 * Of the whole line, verifiers included, so that a user who was made anew is another: 16 hex digits of SHA-256. Of its ordered form, so
 * that a server that was restarted has the same users.
 */
export function hashLine(line: string): string {
  return toHex(sha256(Buffer.from(orderLine(line), "latin1"))).slice(0, 16);
}

/** Whether two lines mean the same user. */
export function isSameLine(left: string, right: string): boolean {
  return orderLine(left) === orderLine(right);
}

/**
 * A server lists single commands in the order of a table that is seeded by its process (ACLDescribeSelector of 7.0): those that stand
 * together are sorted here. Commands commute; a subcommand sorts after its command, as the server writes it.
 */
function orderLine(line: string): string {
  const ordered: string[] = [];
  let commands: string[] = [];
  const flush = (): void => {
    ordered.push(...commands.sort((left, right) => (left.slice(1) < right.slice(1) ? -1 : 1)));
    commands = [];
  };
  for (const word of line.split(/ |(?<=\()|(?=\))/)) {
    if (/^[+-][^@]/.test(word)) {
      commands.push(word);
      continue;
    }
    flush();
    ordered.push(word);
  }
  flush();
  return ordered.join(" ");
}

/** What ACL SETUSER takes after the name; a selector in brackets is one of them. No rule holds a blank but a selector. */
export function rulesOf(line: string): readonly string[] {
  return (
    line
      .split(" ")
      .slice(2)
      .join(" ")
      .match(/\([^)]*\)|\S+/g) ?? []
  );
}

/** Without what proves a password. */
export function openRulesOf(line: string): readonly string[] {
  return rulesOf(line).filter((rule) => !/^[#!<>]/.test(rule));
}

/** What stands before the pattern of a key or a channel, at the start of a rule or within a selector. */
const patterns = /(?<=^|[ (])(?<sort>~|%[RWrw]+~|&)(?<pattern>[^ )]*)/g;

/**
 * The line for another name or another prefix: patterns of keys and channels that began with the old prefix begin with the new
 * one. Whoever left the old prefix in would let the user at the keys of who has it now.
 */
export function restateLine(
  line: string,
  change: { readonly user: string; readonly prefix: { readonly from: string; readonly to: string } | null },
): string {
  const { prefix } = change;
  const restate = (pattern: string): string => {
    if (prefix === null) return pattern;
    const from = [bytes(escapeGlob(prefix.from)), bytes(prefix.from)].find((each) =>
      pattern.startsWith(each),
    );
    return from === undefined ? pattern : bytes(escapeGlob(prefix.to)) + pattern.slice(from.length);
  };
  const rules = rulesOf(line).map((rule) =>
    rule.replaceAll(patterns, (_, sort: string, pattern: string) => sort + restate(pattern)),
  );
  return ["user", bytes(change.user), ...rules].join(" ");
}

/** Whether some pattern may match keys under the prefix, by what it has before its first glob character. */
export function mayReach(line: string, prefix: string): boolean {
  return rulesOf(line)
    .flatMap((rule) => [...rule.matchAll(patterns)])
    .filter(({ groups }) => groups?.["sort"] !== "&")
    .map(
      ({ groups }) =>
        /^(?:\\.|[^\\*?[])*/.exec(groups?.["pattern"] ?? "")?.[0].replaceAll(/\\(.)/g, "$1") ?? "",
    )
    .some((head) => head.startsWith(bytes(prefix)) || bytes(prefix).startsWith(head));
}

/** Makes a user of the line, where there is none of the name: `reset` before the rules would add one that the line does not have. */
export function setUser(line: string): Command {
  const [, user = ""] = line.split(" ", 2);
  const words = [user, ...rulesOf(line)].map((word) => Buffer.from(word, "latin1"));
  return ["ACL", "SETUSER", ...words];
}

/** Also where the server keeps its users; the server's answer is compared: whether it took every word. */
export async function writeAclLine(link: Link, line: string): Promise<boolean> {
  await link.ask(setUser(line));
  await saveUsers(link);
  return isSameLine((await readAclLine(link, userOf(line))) ?? "", line);
}

/** Where the server has a file of users it is written: else a restart would undo what was done to them. */
export async function saveUsers(link: Link): Promise<void> {
  const [reply = null] = await link.askAll([["ACL", "SAVE"]]);
  if (!(reply instanceof ErrorReply)) return;
  // The one error of the kind ERR that is none: users in memory or in redis.conf. CONFIG GET would tell, and tells passwords too.
  if (reply.message.includes("not configured to use an ACL file")) return;
  throw explainRedisError(reply, "saving the users (ACL SAVE)");
}

function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
