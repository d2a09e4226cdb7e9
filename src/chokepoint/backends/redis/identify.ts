import { randomUUID } from "node:crypto";
import type { FoundPart, Identity } from "../../drop.ts";
import { requireSameServer } from "../../require-same-server.ts";
import type { Part } from "../../resource.ts";
import type { Link } from "./link.ts";
import { hashLine } from "./acl-line.ts";
import { codeOf, explainRedisError } from "./explain-error.ts";
import { lastKey } from "./key-names.ts";
import { textOf } from "./replies.ts";

const serverKey = "custody_server";

/**
 * Which server it is, as far as its data goes: a key that custody writes once. `run_id` changes with every restart, and
 * `master_replid` with every restart of a primary and every failover, while this key goes where the data goes: through restarts,
 * to replicas, into backups. Where custody may not write, `replid:` and `master_replid`.
 * The link's database is custody's.
 */
export async function readSystemIdentifier(link: Link): Promise<string> {
  const known = await findServerMark(link);
  if (known !== null) return known;
  const [reply = null] = await link.askAll([["SET", serverKey, randomUUID(), "NX"]]);
  const code = codeOf(reply);
  if (code === "NOPERM" || code === "READONLY") return await unmarkedIdentifier(link);
  if (code !== null) throw explainRedisError(reply, "marking the server");
  return textOf(await link.ask(["GET", serverKey]), "GET");
}

/**
 * For what acts: a server that bears no mark is not marked first, since what was decided on bore one. It is another, or the same with
 * nothing left of what it held.
 *
 * @throws OpsError unsupported-server
 */
export async function requireDecidedServer(link: Link, identity: Identity): Promise<void> {
  requireSameServer(
    (await findServerMark(link)) ?? (await unmarkedIdentifier(link)),
    identity,
    `; where it is this very server and has lost its memory, say so: SET ${serverKey} ${identity.systemIdentifier}`,
  );
}

async function findServerMark(link: Link): Promise<string | null> {
  const known = await link.ask(["GET", serverKey]);
  return known === null ? null : textOf(known, "GET");
}

async function unmarkedIdentifier(link: Link): Promise<string> {
  return `replid:${await infoOf(link, "replication", "master_replid")}`;
}

/** One line of INFO; empty where this server has none. */
export async function infoOf(link: Link, section: string, field: string): Promise<string> {
  const text = textOf(await link.ask(["INFO", section]), "INFO");
  return new RegExp(`^${field}:(.*?)\r?$`, "m").exec(text)?.[1] ?? "";
}

/** The fence that freed each name last. The link's database is custody's. */
export async function readLast(
  link: Link,
  parts: readonly { readonly part: Part; readonly name: string }[],
): Promise<Readonly<Partial<Record<Part, string>>>> {
  const found: Partial<Record<Part, string>> = {};
  for (const { part, name } of parts) {
    const reply = await link.ask(["GET", lastKey(part, name)]);
    if (reply !== null) found[part] = textOf(reply, "GET");
  }
  return found;
}

/** A name and its ACL line; who gets the same again after a fence is told by that fence. */
export function userId(name: string, line: string, last: string | undefined): string {
  return `${name}@${hashLine(line)}${last === undefined ? "" : `#${last}`}`;
}

/** Redis knows no more of keys than their names. */
export function keysId(prefix: string, last: string | undefined): string {
  return `${prefix}${last === undefined ? "" : `#${last}`}`;
}

export interface Found {
  readonly line: string | null;
  readonly hasKeys: boolean;
  readonly keysBytes: number | null;
  readonly last: Readonly<Partial<Record<Part, string>>>;
}

export function identityOf(
  systemIdentifier: string,
  names: { readonly user?: string | undefined; readonly keys?: string | undefined },
  found: Found,
): Identity {
  const parts: FoundPart[] = [];
  if (names.user !== undefined && found.line !== null)
    parts.push({
      part: "user",
      name: names.user,
      id: userId(names.user, found.line, found.last.user),
      sizeBytes: null,
    });
  if (names.keys !== undefined && found.hasKeys)
    parts.push({
      part: "keys",
      name: names.keys,
      id: keysId(names.keys, found.last.keys),
      sizeBytes: found.keysBytes,
    });
  return { systemIdentifier, parts };
}
