import type { Destruction } from "../../../destruction/destruction.ts";
import { errorReply, integerReply, okReply } from "../../../wire/redis/write-reply.ts";
import type { WireRefusal } from "../ports.ts";

/** A no, as the server's ACL says it; one line, for Redis has no more. */
export function refusalText({ code, message, detail, hint }: WireRefusal): string {
  const known = code !== null && /^[A-Z]+$/u.test(code) ? code : "NOPERM";
  const words = [message, detail === "" ? "" : `(${detail})`, hint].filter((part) => part !== "");
  return `${known} ${words.join(" ")}`;
}

export function refusalReply(refusal: WireRefusal): Uint8Array {
  return errorReply(refusalText(refusal));
}

/** What EXEC answers where a command in the transaction may not run, as `execCommandAbort` of the server says it. */
export function abortReply(refusal: WireRefusal): Uint8Array {
  return errorReply(`EXECABORT Transaction discarded because of: ${refusalText(refusal)}`);
}

/** What the server would have answered to a command that was carried out in its place. */
export function doneReply(destruction: Destruction, isNoop: boolean): Uint8Array {
  const counts =
    destruction.what === "ACL DELUSER" || destruction.what === "DEL" || destruction.what === "UNLINK";
  return counts ? integerReply(isNoop ? 0 : destruction.names.length) : okReply();
}

/** Said where custody did the transaction's work itself: the server never ran it. */
export const doneInTransaction: WireRefusal = {
  code: null,
  message: "custody: a transaction cannot be carried out in its client's place",
  detail: "",
  hint: "Send the command outside of MULTI.",
};

export const unknownDatabase: WireRefusal = {
  code: null,
  message: "custody: which database this would destroy cannot be known before it runs",
  detail: "",
  hint: "SELECT it first, outside of MULTI and with replies.",
};

export const tooManyInTransaction: WireRefusal = {
  code: null,
  message: "custody: more commands that destroy than one transaction may hold",
  detail: "",
  hint: "Send them in several transactions.",
};
