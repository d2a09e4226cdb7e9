import type { SessionCommand } from "./session-command.ts";

/** Whom a session is without a word of its own: `default`, whether it must log in or not. */
export const defaultUser = "default";

/** The users that a command asks to be, in turn. https://redis.io/docs/latest/commands/auth/, …/hello/ */
export function usersOf({ name, rest }: SessionCommand): readonly string[] {
  switch (name) {
    case "AUTH":
      return [rest.length >= 2 ? (rest[0] ?? "") : defaultUser];
    case "HELLO":
      return helloOptions(rest).users;
    case "RESET":
      return [defaultUser];
    default:
      return [];
  }
}

export interface HelloOptions {
  /** Of the protocol that is asked for; null: as it is. */
  readonly version: number | null;
  readonly users: readonly string[];
  readonly clientName: string | null;
}

/** `HELLO [version [AUTH user password] [SETNAME name]]` */
export function helloOptions([version, ...options]: readonly string[]): HelloOptions {
  const users: string[] = [];
  let clientName: string | null = null;
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at]?.toUpperCase();
    if (option === "AUTH" && at + 2 < options.length) {
      users.push(options[at + 1] ?? "");
      at += 2;
    } else if (option === "SETNAME" && at + 1 < options.length) {
      clientName = options[at + 1] ?? "";
      at += 1;
    } else break;
  }
  return { version: version === undefined ? null : Number(version), users, clientName };
}

/** `CLIENT REPLY ON|OFF|SKIP`, in capitals; null for any other command. */
export function replyMode({ name, rest }: SessionCommand): string | null {
  const [sub = "", mode = ""] = rest;
  if (name !== "CLIENT" || rest.length !== 2 || sub.toUpperCase() !== "REPLY") return null;
  return mode.toUpperCase();
}

/** `CLIENT SETNAME name` */
export function givenName({ name, rest }: SessionCommand): string | null {
  const [sub = "", given = ""] = rest;
  return name === "CLIENT" && rest.length === 2 && sub.toUpperCase() === "SETNAME" ? given : null;
}
