import { readFile, stat } from "node:fs/promises";

/** Whose password is asked for. `host` as the user wrote it; a socket directory starts with `/`. */
export interface PassfileKey {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Directories that libpq builds use for sockets by default: there `localhost` in a password file means the socket. */
export const socketDirectories: readonly string[] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/**
 * The text of a password file, or nothing with a note when libpq would ignore it: others may read it, or it is no
 * plain file (https://www.postgresql.org/docs/18/libpq-pgpass.html).
 */
export async function readPassfile(
  file: string,
): Promise<{ readonly text?: string; readonly note?: string }> {
  try {
    const facts = await stat(file);
    if (!facts.isFile()) return { note: `the password file ${file} is not a plain file: ignored` };
    if ((facts.mode & 0o077) !== 0) {
      return { note: `the password file ${file} can be read by others: ignored (chmod 0600 ${file})` };
    }
    return { text: await readFile(file, "utf8") };
  } catch {
    // No such file, or not ours to read: as if there were none, as in libpq.
    return {};
  }
}

/** The password of the first line that fits, or nothing. */
export function findPassword(text: string, key: PassfileKey): string | undefined {
  const hosts = socketDirectories.includes(key.host) ? [key.host, "localhost"] : [key.host];
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\r+$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const [host, port, database, user, password] = splitFields(line);
    if (password === undefined) continue;
    const fits =
      fitsField(host, hosts) &&
      fitsField(port, [String(key.port)]) &&
      fitsField(database, [key.database]) &&
      fitsField(user, [key.user]);
    if (fits) return password.text;
  }
  return undefined;
}

/** One line that `findPassword` and libpq read back, for any database. A socket directory may be called `localhost` there, so it is any host. */
export function passfileLine(key: Omit<PassfileKey, "database">, password: string): string {
  const host = key.host.startsWith("/") ? "*" : escapeField(key.host);
  return `${[host, String(key.port), "*", escapeField(key.user), escapeField(password)].join(":")}\n`;
}

interface Field {
  readonly text: string;
  readonly isWildcard: boolean;
}

function fitsField(field: Field | undefined, wanted: readonly string[]): boolean {
  return field !== undefined && (field.isWildcard || wanted.includes(field.text));
}

/** At most five fields; a backslash takes the next character as it is. An unescaped `:` ends the password too. */
function splitFields(line: string): readonly Field[] {
  const fields: Field[] = [];
  let text = "";
  let raw = "";
  const finish = (): void => {
    fields.push({ text, isWildcard: raw === "*" });
    text = "";
    raw = "";
  };
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === ":") {
      finish();
      if (fields.length === 5) return fields;
      continue;
    }
    const isEscape = char === "\\" && at + 1 < line.length;
    if (isEscape) at += 1;
    raw += isEscape ? `\\${line.charAt(at)}` : char;
    text += line.charAt(at);
  }
  finish();
  return fields;
}

function escapeField(text: string): string {
  return text.replace(/[\\:]/g, (char) => `\\${char}`).replace(/^\*$/, "\\*");
}
