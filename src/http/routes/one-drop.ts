import { z } from "zod";
import type { Answer, Chokepoint } from "../../chokepoint/api.ts";
import {
  describeDrop,
  describeTimelineEntry,
  dropDocumentSchema,
  shownDropSchema,
} from "../../chokepoint/documents/drop-document.ts";
import { describeTicket, ticketDocumentSchema } from "../../chokepoint/documents/ticket-document.ts";
import { oneLine } from "../../chokepoint/documents/one-line.ts";
import type { Drop } from "../../chokepoint/drop.ts";
import { answerWord, maySee, noSuchDrop } from "../drop-answer.ts";
import { answerJson, Problem } from "../problem.ts";
import { anonymous } from "../read-identities.ts";
import type { Scope } from "../read-identities.ts";
import { defineRoute } from "../route.ts";
import type { Asked, Asker, Route } from "../route.ts";

const noQuery = z.strictObject({});
const comment = oneLine(2000).nullish();
const word = z.strictObject({ comment }).optional();
const undoBody = z
  .strictObject({ as: oneLine(255).nullish(), from: z.enum(["fence", "tombstone"]).nullish() })
  .optional();
const purgeBody = z.strictObject({ comment, request_id: oneLine(255).nullish() }).optional();

/** `/v1/drops/{id}` and what may be said of one drop. A drop of a target that is not the caller's is not there. */
export function oneDrop(chokepoint: Chokepoint): readonly Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/drops/{id}",
      scope: "read",
      name: "showDrop",
      summary: "One drop, and its events in the ledger, oldest first",
      query: noQuery,
      body: z.undefined(),
      answers: { 200: { describe: "The drop", schema: shownDropSchema } },
      problems: [404],
      async handle({ asker, params }) {
        const { drop, timeline } = await find(chokepoint, params, asker);
        return answerJson(200, { ...describeDrop(drop), timeline: timeline.map(describeTimelineEntry) });
      },
    }),
    sayOf("approve", "approve", 200, "Approve a drop that is held", word, (id, { caller, body, asker }) => {
      requireKnown(asker);
      return chokepoint.approve(id, caller, { comment: body?.comment ?? null });
    }),
    defineRoute({
      method: "post",
      path: "/v1/drops/{id}/ticket",
      scope: "approve",
      name: "ticketDrop",
      summary: "Approve in advance that a session does once what it was not let do",
      query: noQuery,
      body: word,
      answers: { 200: { describe: "The ticket, told this once", schema: ticketDocumentSchema } },
      problems: [403, 404, 409, 413, 415, 422],
      async handle({ asker, params, caller, body }) {
        requireKnown(asker);
        const { drop } = await find(chokepoint, params, asker);
        const answer = await chokepoint.ticket(drop.dropId, caller, { comment: body?.comment ?? null });
        if (answer.kind !== "done") return answerWord(answer, 200);
        return answerJson(200, describeTicket(answer.drop, answer.ticket));
      },
    }),
    sayOf(
      "deny",
      "approve",
      200,
      "Deny a drop that is held; by who asked for it, it is cancelled",
      word,
      (id, { caller, body }) => chokepoint.deny(id, caller, { comment: body?.comment ?? null }),
    ),
    sayOf(
      "undo",
      "request",
      202,
      "Bring a dropped resource back, from its fence or its tombstone",
      undoBody,
      (id, { caller, body }) =>
        chokepoint.undo(id, caller, { as: body?.as ?? null, from: body?.from ?? null }),
    ),
    sayOf(
      "purge",
      "approve",
      202,
      "Ask for the destruction of a fence and its tombstone before their time: a drop of its own",
      purgeBody,
      (id, { caller, body }) =>
        chokepoint.purge(id, caller, {
          comment: body?.comment ?? null,
          requestId: body?.request_id ?? null,
        }),
    ),
  ];

  function sayOf<Body extends z.ZodType>(
    name: string,
    scope: Scope,
    status: 200 | 202,
    summary: string,
    body: Body,
    say: (dropId: string, asked: Asked<unknown, z.output<Body>>) => Promise<Answer>,
  ): Route {
    return defineRoute({
      method: "post",
      path: `/v1/drops/{id}/${name}`,
      scope,
      name: `${name}Drop`,
      summary,
      query: noQuery,
      body,
      answers: { [status]: { describe: "The drop as it stands now", schema: dropDocumentSchema } },
      problems: [403, 404, 409, 413, 415, 422],
      async handle(asked) {
        const { drop } = await find(chokepoint, asked.params, asked.asker);
        return answerWord(await say(drop.dropId, asked), status);
      },
    });
  }
}

function requireKnown(asker: Asker): void {
  if (asker.name === anonymous.name)
    throw new Problem("forbidden", "nobody knows who you are: an approval needs a token that has a person");
}

async function find(
  chokepoint: Chokepoint,
  params: Readonly<Record<string, string>>,
  asker: Asker,
): Promise<{
  readonly drop: Drop;
  readonly timeline: NonNullable<Awaited<ReturnType<Chokepoint["show"]>>>["timeline"];
}> {
  const id = params["id"] ?? "";
  const shown = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? await chokepoint.show(id.toLowerCase())
    : null;
  if (shown === null || !maySee(asker, shown.drop)) throw noSuchDrop();
  return shown;
}
