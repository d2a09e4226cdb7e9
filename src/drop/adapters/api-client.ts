import { z } from "zod";
import { dropDocumentSchema, shownDropSchema } from "../../chokepoint/documents/drop-document.ts";
import { findingsDocumentSchema } from "../../chokepoint/documents/finding-document.ts";
import { planDocumentSchema } from "../../chokepoint/documents/plan-document.ts";
import { readFactDocument, roundsDocumentSchema } from "../../chokepoint/documents/round-document.ts";
import { ticketDocumentSchema } from "../../chokepoint/documents/ticket-document.ts";
import type { TicketDocument } from "../../chokepoint/documents/ticket-document.ts";
import { targetDocumentSchema } from "../../chokepoint/documents/target-document.ts";
import { OpsError } from "../../errors.ts";
import type { DropApi, Said } from "../ports.ts";
import { explainAnswer, explainFailure, problemSchema } from "./explain-answer.ts";
import { followDrop } from "./follow-drop.ts";
import type { Access } from "./read-access.ts";

/** A drop that is answered may have waited for sessions, and where there is no fence for a dump and its proof. */
const patienceMs = 15 * 60_000;

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** A running custody over HTTP. Nothing is asked before its first method is called. */
export function openApiClient(access: Access, signal: AbortSignal): DropApi {
  const open = async (
    path: string,
    options: {
      readonly method: "GET" | "POST";
      readonly body?: unknown;
      readonly signal: AbortSignal;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Response> =>
    await fetch(`${access.base}${path}`, {
      method: options.method,
      headers: {
        ...(access.token === null ? {} : { authorization: `Bearer ${access.token}` }),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      // A token is for the address that was named, and for no other.
      redirect: "error",
      signal: options.signal,
      ...(access.unix === null ? {} : { unix: access.unix }),
      ...(Object.keys(access.tls).length === 0 ? {} : { tls: access.tls }),
    });

  /** Throws what cannot be answered; the statuses of `expected` are answers. */
  const ask = async (
    path: string,
    expected: readonly number[],
    options: {
      readonly method: "GET" | "POST";
      readonly body?: unknown;
      /** It may be asked again as if it had not been asked before. */
      readonly isRepeatable?: true;
    } = { method: "GET" },
  ): Promise<Answered> => {
    let answer: Response;
    let text: string;
    try {
      answer = await open(path, {
        ...options,
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      });
      text = await answer.text();
    } catch (error) {
      throw explainFailure(error, {
        base: access.unix ?? access.base,
        isWrite: options.method === "POST",
        isRepeatable: options.method === "GET" || options.isRepeatable === true,
        signal,
      });
    }
    const body = parseJson(text);
    if (expected.includes(answer.status)) return { status: answer.status, body };
    throw explainAnswer(answer.status, body, answer.headers.get("retry-after"));
  };

  const read = async <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> =>
    parse(schema, (await ask(path, [200])).body);

  return {
    async request(body) {
      const answered = await ask("/v1/drops", [200, 202, 403, 503], { method: "POST", body });
      const { status } = answered;
      // A problem is no drop: it was not even recorded.
      if (problemSchema.safeParse(answered.body).success && (status === 403 || status === 503))
        throw explainAnswer(status, answered.body, null);
      return parse(dropDocumentSchema, answered.body);
    },
    async plan(body) {
      const { body: plan } = await ask("/v1/drops?dry_run=true", [200], { method: "POST", body });
      return parse(planDocumentSchema, plan);
    },
    list: (query) =>
      read(
        `/v1/drops?${new URLSearchParams({ ...query }).toString()}`,
        z.object({ drops: z.array(dropDocumentSchema), next: z.string().nullable() }),
      ),
    show: (dropId) => read(`/v1/drops/${encodeURIComponent(dropId)}`, shownDropSchema),
    async say(dropId, word, body): Promise<Said> {
      const path = `/v1/drops/${encodeURIComponent(dropId)}/${word}`;
      const answered = await ask(path, [200, 202, 403, 409], { method: "POST", body });
      if (answered.status < 300 && word === "ticket")
        return ticketOf(parse(ticketDocumentSchema, answered.body));
      if (answered.status < 300) return { kind: "done", drop: parse(dropDocumentSchema, answered.body) };
      const problem = problemSchema.safeParse(answered.body);
      // Of a drop there is more to say than of a scope that is missing.
      if (problem.success && "drop_id" in problem.data)
        return { kind: "refused", reason: problem.data.detail };
      throw explainAnswer(answered.status, answered.body, null);
    },
    async targets() {
      const { targets } = await read("/v1/targets", z.object({ targets: z.array(targetDocumentSchema) }));
      return targets;
    },
    async reconcile(target, { canary }) {
      const answered = await ask("/v1/reconcile", [200], {
        method: "POST",
        body: { target, canary },
        isRepeatable: true,
      });
      return parse(roundsDocumentSchema, answered.body).targets.flatMap(({ facts }) =>
        facts.map(readFactDocument),
      );
    },
    findings: (query) =>
      read(`/v1/findings?${new URLSearchParams({ ...query }).toString()}`, findingsDocumentSchema),
    follow(dropId, until) {
      const events = `/v1/events?drop_id=${encodeURIComponent(dropId)}`;
      return followDrop({
        show: () => read(`/v1/drops/${encodeURIComponent(dropId)}`, shownDropSchema),
        openEvents: () => open(events, { method: "GET", signal: AbortSignal.any([signal, until]) }),
        signal: until,
      });
    },
  };
}

function ticketOf({ drop, ticket, expires_at }: TicketDocument): Said {
  const isGiven = ticket !== null && expires_at !== null;
  return { kind: "done", drop, ticket: isGiven ? { text: ticket, expiresAt: expires_at } : null };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new OpsError(
    "unsupported-server",
    `what answered is no custody that this one knows: ${first?.path.join(".") ?? ""} ${first?.message ?? ""}`,
    "name the address of a running custody of this version with --api",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in between, or no custody at all: no document is refused as such.
    return undefined;
  }
}
