import { writeDocument } from "../../../wire/mongo/write-bson.ts";
import type { Message } from "../../../wire/mongo/read-message.ts";
import { writeReply } from "../../../wire/mongo/write-reply.ts";
import type { WireRefusal } from "../ports.ts";

/** Numbers and names of error_codes.yml. */
export const errors = {
  unauthorized: { code: 13, codeName: "Unauthorized" },
  authenticationFailed: { code: 18, codeName: "AuthenticationFailed" },
  invalidBson: { code: 22, codeName: "InvalidBSON" },
  hostUnreachable: { code: 6, codeName: "HostUnreachable" },
  namespaceNotFound: { code: 26, codeName: "NamespaceNotFound" },
  userNotFound: { code: 11, codeName: "UserNotFound" },
} as const;

export function writeFailure(
  to: Message,
  error: (typeof errors)[keyof typeof errors],
  errmsg: string,
): Buffer {
  return writeReply(to, writeDocument({ ok: 0, errmsg, ...error }));
}

/** Drivers show `errmsg`; what custody has to say is in `custody` as well, for programs. */
export function writeRefusal(
  to: Message,
  { message, detail, hint }: WireRefusal,
  error: (typeof errors)[keyof typeof errors] = errors.unauthorized,
): Buffer {
  const errmsg = [message, detail, hint].filter((each) => each !== "").join("; ");
  return writeReply(to, writeDocument({ ok: 0, errmsg, ...error, custody: { message, detail, hint } }));
}

/** What the server answers to what was done; `isNoop`: to what was not there. */
export function writeDone(to: Message, isNoop: boolean): Buffer {
  const command = to.command;
  if (isNoop && command?.name === "dropUser") return writeFailure(to, errors.userNotFound, "User not found");
  if (isNoop && command?.name === "drop") return writeFailure(to, errors.namespaceNotFound, "ns not found");
  const isDropped = command?.name === "dropDatabase" && !isNoop;
  return writeReply(to, writeDocument({ ...(isDropped ? { dropped: command.database } : {}), ok: 1 }));
}
