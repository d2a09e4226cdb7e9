import { server } from "./message-types.ts";

/** Fields of an ErrorResponse or NoticeResponse (PostgreSQL documentation, "Error and Notice Message Fields"). */
export interface ErrorFields {
  readonly severity: "ERROR" | "FATAL" | "NOTICE" | "WARNING";
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

export function errorResponse(fields: ErrorFields): Uint8Array {
  return fieldsMessage(server.errorResponse, fields);
}

export function noticeResponse(fields: ErrorFields): Uint8Array {
  return fieldsMessage(server.noticeResponse, fields);
}

/** `tag`: such as `DROP DATABASE`. */
export function commandComplete(tag: string): Uint8Array {
  return message(server.commandComplete, Buffer.from(`${tag}\0`, "latin1"));
}

function fieldsMessage(
  type: number,
  { severity, code, message: text, detail, hint }: ErrorFields,
): Uint8Array {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["S", severity],
    ["V", severity],
    ["C", code],
    ["M", text],
    ["D", detail],
    ["H", hint],
  ];
  const body = fields
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}${(value ?? "").replaceAll("\0", "")}\0`)
    .join("");
  return message(type, Buffer.from(`${body}\0`));
}

/** A message of either side: its type, its length, its body. */
export function message(type: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(5 + body.length);
  bytes[0] = type;
  bytes.writeInt32BE(4 + body.length, 1);
  bytes.set(body, 5);
  return bytes;
}
