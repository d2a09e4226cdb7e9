import type { Destruction } from "../destruction.ts";
import type { Found } from "../found.ts";
import { judgeNatsSubject } from "./judge-nats.ts";
import { judgeConsumer } from "./judge-consumer.ts";
import { judgePurge } from "./judge-purge.ts";
import { judgeRepublish } from "./judge-republish.ts";
import { judgeRollup } from "./judge-rollup.ts";
import { judgeUpdate } from "./judge-update.ts";

/** A message that a client publishes. */
export interface NatsMessage {
  readonly subject: string;
  /** Empty: nobody waits for an answer. */
  readonly reply: string;
  /** From `NATS/1.0` to the empty line; null without. */
  readonly headers: string | null;
  /** Null: not known. */
  readonly payload: Uint8Array | null;
}

/**
 * Requests whose prefix an account has set for itself, by importing JetStream's subjects under another name (`hub.API.STREAM.DELETE.x`,
 * `js.STREAM.PURGE.x`).
 */
const imported =
  /(?:^|\.)(STREAM\.(?:(?:TEMPLATE\.)?(?:CREATE|DELETE)|PURGE|UPDATE|RESTORE|MSG\.DELETE|PEER\.REMOVE))\.([^.]+)$/;
const consumer = /(?:^|\.)CONSUMER\.(?:CREATE|DURABLE\.CREATE|DELETE)\.([^.]+)/;
const serverRemoval = /(?:^|\.)SERVER\.REMOVE$/;
const own = /^\$JS\.(?:[^.]+\.)?API\./;
const claims = /^\$SYS\.REQ\.(?:CLAIMS\.DELETE|ACCOUNT\.[^.]+\.CLAIMS\.DELETE)$/;

/** What a message on the wire destroys: its subject, its headers, its payload and where its answer goes are looked at. Null when nothing. */
export function judgeNatsPublish({ subject, reply, headers, payload }: NatsMessage): Destruction | null {
  const asked =
    judgeAnswer(reply) ??
    judgeRequest(subject, payload) ??
    judgeRollup(subject, headers) ??
    judgeTrace(headers);
  return asked === null ? null : { certainty: "certain", ...asked, at: 0 };
}

type Judged = Found & { readonly certainty?: Destruction["certainty"] };

/** The server's own answers, an acknowledgement or a stored message, are requests where they are sent to a subject of requests; nobody knows yet what is in them. */
function judgeAnswer(reply: string): Judged | null {
  const asked = reply === "" ? null : judgeRequest(reply, null);
  return asked && { ...asked, what: `${asked.what}, by an answer`, certainty: "likely" };
}

/** Where the server tells of a message's way (`Nats-Trace-Dest`, ADR-41) it asks, too. */
function judgeTrace(headers: string | null): Judged | null {
  for (const [, destination = ""] of headers?.matchAll(/Nats-Trace-Dest:[ \t]*([^\r\n]*)/gi) ?? []) {
    const found = judgeAnswer(destination.trim());
    if (found !== null) return found;
  }
  return null;
}

function judgeRequest(subject: string, payload: Uint8Array | null): Judged | null {
  const found = imported.exec(subject);
  if (found === null) {
    const stream = consumer.exec(subject)?.[1];
    if (stream !== undefined) return judgeConsumer(stream, subject.includes("CONSUMER.DELETE."), payload);
    if (serverRemoval.test(subject)) return { kind: "functional", what: "$JS.API.SERVER.REMOVE", names: [] };
    if (claims.test(subject)) return { kind: "stream", what: "$SYS.REQ.CLAIMS.DELETE", names: [] };
    return judgeNatsSubject(subject);
  }
  const [, request = "", name = ""] = found;
  if (/[*>]/.test(subject)) return null;
  const isOwn = own.test(subject);
  const asked = judgeStreamRequest(request, name, payload);
  return asked === null || isOwn ? asked : { ...asked, certainty: "likely" };
}

function judgeStreamRequest(request: string, name: string, payload: Uint8Array | null): Judged | null {
  const what = `$JS.API.${request}`;
  switch (request) {
    case "STREAM.UPDATE":
      return judgeUpdate(name, payload) ?? judgeRepublish(what, name, payload);
    case "STREAM.CREATE":
    case "STREAM.RESTORE":
    case "STREAM.TEMPLATE.CREATE":
      return judgeRepublish(what, name, payload);
    case "STREAM.PURGE":
      return { kind: judgePurge(name, payload), what, names: [name] };
    case "STREAM.PEER.REMOVE":
      return { kind: "functional", what, names: [name] };
    default:
      return { kind: "stream", what, names: [name] };
  }
}
