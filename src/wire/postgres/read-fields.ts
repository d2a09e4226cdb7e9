import { cstringAt, readable } from "./text.ts";

/** SQLSTATE and text of the ErrorResponse in `bytes[from, to)`, its type and length included. */
export function readError(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly code: string; readonly message: string } {
  let code = "";
  let message = "";
  for (let at = from + 5; at < to && bytes[at] !== 0;) {
    const type = bytes[at];
    const field = cstringAt(bytes, at + 1, to);
    if (field === null) break;
    if (type === 0x43) code = field.text;
    if (type === 0x4d) message = readable(field.text);
    at = field.next;
  }
  return { code, message };
}

/** Name and value of a ParameterStatus. */
export function readParameter(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly name: string; readonly value: string } | null {
  const name = cstringAt(bytes, from + 5, to);
  const value = name === null ? null : cstringAt(bytes, name.next, to);
  return name === null || value === null ? null : { name: name.text, value: value.text };
}
