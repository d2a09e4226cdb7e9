import { createHash } from "node:crypto";
import type { Destruction } from "../../../destruction/destruction.ts";
import { databasesReached } from "../../../destruction/mongo/wire/databases-reached.ts";
import { elementsIn, find, textOf, types } from "../../../wire/mongo/bson.ts";
import type { Element } from "../../../wire/mongo/bson.ts";
import type { Command } from "../../../wire/mongo/read-message.ts";
import type { Sighting, Speaker } from "../ports.ts";

/** What custody can carry out in a session's place. */
const ownActs: ReadonlySet<string> = new Set(["dropDatabase", "dropUser"]);
/** No more than so many become tags. */
const mostTags = 64;

/** What is decided on. Throws `MalformedBson`. `command`: null for a message that is none. Null: it is in several databases, for each of which something else may hold. */
export function describeCommand(
  speaker: Speaker,
  destructions: readonly Destruction[],
  command: Command | null,
): Sighting | null {
  const [database = command?.database, ...others] = command === null ? [] : databasesReached(command);
  if (others.length > 0) return null;
  const whats = destructions.map(({ what }) => what).join("\n");
  return {
    speaker: database === undefined ? speaker : { ...speaker, database },
    destructions,
    fingerprint: createHash("sha256").update(`mongo ${whats}`).digest("hex"),
    tags: readTags(command === null ? null : find(command.body, "comment")),
    isInTransaction: command !== null && isInTransaction(command),
    isAlone: command !== null && destructions.length === 1 && ownActs.has(command.name),
    isForced: false,
  };
}

export function isInTransaction({ body }: Command): boolean {
  return find(body, "autocommit") !== null;
}

/** `comment: {request_id: "1"}`, or a text in sqlcommenter's form: `request_id='1',token='a%20b'`. */
function readTags(comment: Element | null): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  if (comment?.type === types.document)
    for (const each of elementsIn(comment)) {
      const text = textOf(each);
      if (text !== null && tags.size < mostTags) tags.set(each.name, text);
    }
  for (const [, name = "", value = ""] of (textOf(comment) ?? "").matchAll(
    /([\w.%-]{1,100})='([^']{0,2000})'/g,
  ))
    if (tags.size < mostTags) tags.set(decode(name), decode(value));
  return tags;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
