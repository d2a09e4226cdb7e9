import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { OpsError } from "../errors.ts";

/** The system user that a server of ours runs as. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Whether it is another user than ours: PostgreSQL refuses to run as root. */
  readonly isOther: boolean;
}

/** Ourselves; as root `postgres`, else `nobody`, whichever the system has. Throws `scratch-failed` when it has neither. */
export async function serverUser(): Promise<ServerUser> {
  const own = userInfo();
  if (own.uid !== 0) return { name: own.username, uid: own.uid, gid: own.gid, isOther: false };
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  for (const name of ["postgres", "nobody"]) {
    const fields = passwd
      .split("\n")
      .map((line) => line.split(":"))
      .find(([user]) => user === name);
    const uid = Number(fields?.[2]);
    if (uid > 0) return { name, uid, gid: Number(fields?.[3]), isOther: true };
  }
  throw new OpsError(
    "scratch-failed",
    "PostgreSQL does not run as root, and this system has neither a user postgres nor a user nobody",
    "run custody as an ordinary user, or add one: useradd --system postgres",
  );
}
