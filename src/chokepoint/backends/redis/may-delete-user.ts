import { ErrorReply } from "@redis/client";
import type { ServerRefusal } from "../../backend.ts";
import type { Subject } from "../../statements/statement-eyes.ts";
import { readAclLine } from "./acl-line.ts";
import { explainRedisError } from "./explain-error.ts";
import { infoOf } from "./identify.ts";
import type { Link } from "./link.ts";
import { textOf } from "./replies.ts";

/**
 * What the server would answer to a session of these users that deletes this user itself: `ACL DRYRUN` (Redis 7, Valkey) runs a command against
 * a user's rights and nothing else (https://redis.io/docs/latest/commands/acl-dryrun/). An older server cannot be asked: that is a no.
 */
export async function refuseDestroyer(
  link: Link,
  { part, name }: Subject,
  users: readonly string[],
): Promise<ServerRefusal | null> {
  if (part !== "user") return no("ERR", `custody cannot tell who may destroy ${part}`);
  const version = await infoOf(link, "server", "redis_version");
  if (!(Number.parseInt(version, 10) >= 7))
    return no(
      "NOPERM",
      `custody fences nothing for a session on Redis ${version}: only Redis 7 and newer tells what a user may (ACL DRYRUN)`,
    );
  for (const user of users) {
    const line = await readAclLine(link, user);
    if (line === null) return no("NOPERM", `User ${user} is none of the server's any more`);
    const words = line.split(" ");
    if (user === "default" && !(words.includes("on") && words.includes("nopass")))
      return no("NOPERM", "custody cannot tell who is the user default from who has not logged in");
    const [answer = null] = await link.askAll([["ACL", "DRYRUN", user, "ACL", "DELUSER", name]]);
    if (answer instanceof ErrorReply) throw explainRedisError(answer, "ACL DRYRUN");
    const told = textOf(answer, "ACL DRYRUN");
    if (told !== "OK") return no("NOPERM", told);
  }
  return null;
}

function no(code: string, message: string): ServerRefusal {
  return { code, message, hint: null, isPassing: false };
}
