import type { Destruction } from "../destruction.ts";
import type { Found } from "../found.ts";
import { isRecord, readRequest } from "./read-request.ts";

/** Subjects of the server's own, or that a message may choose: `$JS.API.…`, `{{wildcard(1)}}.…`, `>`. */
const served =
  /^(?:\$(?:JS|SYS)(?:\.|$)|\$\d|[^.]*(?:\{\{|[*>]))|(?:^|\.)(?:STREAM|ACCOUNT|CLAIMS|CONSUMER|SERVER)\./;
/** Escapes of letters; Go's own encoder writes `<`, `>` and `&` so. */
const hidden = /\\u00(?!3c|3e|26)[2-7]/i;

/** Whether the server's own messages to this subject may be requests. */
export function isServed(subject: string): boolean {
  return served.test(subject);
}

/**
 * What the `republish` of a stream destroys: what is stored is published once more, by the server itself, and is a request where it goes to a subject of
 * requests. What cannot be read is taken for the worst.
 */
export function judgeRepublish(
  what: string,
  stream: string,
  payload: Uint8Array | null,
): (Found & Pick<Destruction, "certainty">) | null {
  const request = payload === null ? null : readRequest(payload);
  const mayAsk = payload === null || request === null || asks(request) || asksWithin(request, payload);
  return mayAsk ? { kind: "stream", what: `${what} republish`, names: [stream], certainty: "likely" } : null;
}

/** Of RESTORE and of templates. Go puts two that are called so into one. */
function asksWithin({ config }: Readonly<Record<string, unknown>>, payload: Uint8Array): boolean {
  if (config === undefined || config === null) return false;
  const text = new TextDecoder().decode(payload);
  return !isPlain(config) || asks(config) || hidden.test(text) || countOf(text, "config") > 1;
}

/** A destination that is left out, or is null, may be that of an earlier field of the same name. */
function asks({ republish }: Readonly<Record<string, unknown>>): boolean {
  if (republish === undefined || republish === null) return false;
  if (!isPlain(republish)) return true;
  const { dest } = republish;
  return typeof dest !== "string" || isServed(dest);
}

/**
 * Whether a request's `config` has the server send its messages to a subject of requests, named by the field `key`. What cannot be read is taken for the
 * worst.
 */
export function configSendsToServed(payload: Uint8Array | null, key: string): boolean {
  const request = payload === null ? null : readRequest(payload);
  if (payload === null || request === null) return true;
  const { config } = request;
  if (config === undefined || config === null) return false;
  const text = new TextDecoder().decode(payload);
  if (!isPlain(config) || hidden.test(text) || countOf(text, "config") > 1 || countOf(text, key) > 1)
    return true;
  const subject = config[key] ?? "";
  return typeof subject !== "string" || isServed(subject);
}

/** How often a name stands in a text of JSON. */
function countOf(text: string, name: string): number {
  return text.split(`"${name}"`).length - 1;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && Object.keys(value).every((key) => /^[a-z_]+$/.test(key));
}
