import { expect, test } from "bun:test";
import type { LogLevel } from "../../src/run/shell.ts";
import { createDropLog } from "../../src/http/drop-log.ts";
import { memoryChokepoint } from "../support/memory-chokepoint.ts";
import { readRequestBody, requestBodySchema } from "../../src/chokepoint/documents/request-body.ts";
import { requestBody } from "../support/api-server.ts";

const caller = { name: "provisioner", person: null, peer: "127.0.0.1", protocol: "http" } as const;

async function linesOf(level: LogLevel, ...names: string[]): Promise<Record<string, unknown>[]> {
  const chokepoint = memoryChokepoint();
  const lines: Record<string, unknown>[] = [];
  const log = createDropLog({
    level,
    write: (text) => lines.push(JSON.parse(text) as Record<string, unknown>),
  });
  chokepoint.follow((fact) => log.tell(fact));
  for (const name of names) {
    const body = requestBodySchema.parse(requestBody(name, { request_id: `r-${name}` }));
    const answer = await chokepoint.request(readRequestBody(body), caller, new AbortController().signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    if (name === "db_fails") chokepoint.move(answer.drop.dropId, "failed");
    if (name === "db_held_denied") await chokepoint.deny(answer.drop.dropId, caller, { comment: null });
  }
  return lines;
}

const common = (name: string): object => ({
  token: "t1",
  provider_resource_id: name,
  resource_type: "postgres",
  backend: "shared",
  request_id: `r-${name}`,
  caller: "provisioner",
  drop_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
});

test.each(["warn", "error", "info"] as const)(
  "the lines of the promise, at --log-level %s",
  async (level) => {
    const lines = await linesOf(level, "db_1", "db_fails", "db_refused_1", "db_held_denied");
    const own = (line: Record<string, unknown>): object => {
      const { level: _level, time: _time, name: _name, ...fields } = line;
      return fields;
    };
    expect(lines.map(own)).toEqual([
      { event: "custody.drop", ...common("db_1") },
      { event: "custody.drop", ...common("db_fails") },
      { event: "custody.drop.failed", ...common("db_fails"), outcome: "error", error: null },
      {
        event: "custody.drop.refused",
        ...common("db_refused_1"),
        site: "identity",
        reason: "the name is reserved",
      },
      { event: "custody.drop.refused", ...common("db_held_denied"), site: "approval", reason: "denied" },
    ]);
  },
);

test("silent is silent, debug tells every step", async () => {
  expect(await linesOf("silent", "db_1")).toEqual([]);
  expect((await linesOf("debug", "db_1")).map(({ event, step }) => step ?? event)).toEqual([
    "drop.requested",
    "custody.drop",
    "drop.fenced",
  ]);
});
