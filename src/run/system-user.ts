import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

/**
 * The name of the user that this process runs as, as the system's table of users has it. Bun's `userInfo()` says what `$USER`
 * says, which whoever starts us chooses, and which cron and containers leave out ("unknown"); that is asked only for users
 * whom the table does not hold, such as those of a directory service.
 */
export function systemUserName(passwdFile = "/etc/passwd"): string {
  const { uid, username } = userInfo();
  return nameIn(passwdFile, uid) ?? username;
}

function nameIn(passwdFile: string, uid: number): string | undefined {
  let passwd: string;
  try {
    passwd = readFileSync(passwdFile, "utf8");
  } catch {
    // Not every system keeps its users in a file.
    return undefined;
  }
  const fields = passwd.split("\n").map((line) => line.split(":"));
  return fields.find(([name, , id]) => name !== "" && id === String(uid))?.[0];
}
