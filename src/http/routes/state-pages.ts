import { z } from "zod";
import type { Chokepoint } from "../../chokepoint/api.ts";
import { redactSecrets } from "../../commandline/redact.ts";
import { answerJson } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

/** Scrapes and probes that come at once, or within this time, are answered with one look: nobody need say who they are. */
const keptMs = 1000;

const noQuery = z.object({});
const readiness = z.object({
  status: z.enum(["ready", "not-ready"]),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

export function statePages(
  chokepoint: Pick<Chokepoint, "ready">,
  metrics: { expose(): Promise<string> },
): readonly Route[] {
  const expose = keep(() => metrics.expose());
  const ready = keep(() => chokepoint.ready());
  return [
    defineRoute({
      method: "get",
      path: "/healthz",
      scope: null,
      name: "health",
      summary: "Whether the process answers",
      query: noQuery,
      body: z.undefined(),
      answers: { 200: { describe: "It does", schema: z.object({ status: z.literal("ok") }) } },
      problems: [],
      async handle() {
        return answerJson(200, { status: "ok" });
      },
    }),
    defineRoute({
      method: "get",
      path: "/readyz",
      scope: null,
      name: "readiness",
      summary: "Whether drops can be decided: the ledger can be written, the targets can be reached",
      query: noQuery,
      body: z.undefined(),
      answers: {
        200: { describe: "They can", schema: readiness },
        503: { describe: "Something is not there", schema: readiness },
      },
      problems: [],
      async handle() {
        const checks = (await ready()).map(({ name, isOk, detail }) => ({
          name,
          ok: isOk,
          detail: redactSecrets(detail),
        }));
        const isReady = checks.every(({ ok }) => ok);
        return answerJson(isReady ? 200 : 503, { status: isReady ? "ready" : "not-ready", checks });
      },
    }),
    defineRoute({
      method: "get",
      path: "/metrics",
      scope: null,
      name: "metrics",
      summary: "The text format of Prometheus",
      query: noQuery,
      body: z.undefined(),
      answers: { 200: { describe: "Every series", schema: z.string(), type: "text/plain" } },
      problems: [],
      async handle() {
        return new Response(await expose(), {
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        });
      },
    }),
  ];
}

/** Looks once for all who ask while it looks, and keeps what it saw for a moment. */
function keep<T>(look: () => Promise<T>): () => Promise<T> {
  let kept: { readonly seen: Promise<T>; readonly untilMs: number } | null = null;
  return async () => {
    const now = performance.now();
    if (kept !== null && now < kept.untilMs) return await kept.seen;
    const seen = look();
    const current = { seen, untilMs: Number.POSITIVE_INFINITY };
    kept = current;
    try {
      const value = await seen;
      if (kept === current) kept = { seen, untilMs: performance.now() + keptMs };
      return value;
    } catch (error) {
      if (kept === current) kept = null;
      throw error;
    }
  };
}
