import { expect } from "bun:test";
import { query } from "../../src/wire/postgres/write-client.ts";
import { longestTurnMs } from "./chaos-clients.ts";
import type { ChaosScene } from "./chaos-scene.ts";
import { rawClient } from "./raw-postgres.ts";

/** Without a ledger a session goes on, and what destroys is refused. `standing`: a table of `app` in `shop`. */
export async function expectFailClosed({ place }: ChaosScene): Promise<void> {
  await using client = await openSession(place);
  expect(await client.said("select 'flows'")).toContain("flows");
  expect(await client.said("drop table standing")).toMatch(refused);
  expect(await client.said("select count(*) from standing")).toStartWith("D ");
}

/** The same of a ledger that fills up: drops that it still takes are recorded ones. */
export async function untilFailClosed({ place }: ChaosScene): Promise<void> {
  await using client = await openSession(place);
  const deadline = performance.now() + longestTurnMs;
  for (let said = ""; !refused.test(said);) {
    if (performance.now() > deadline) throw new Error(`it is not refused: ${said}`);
    await client.said("create table if not exists filling (id int)");
    said = await client.said("drop table filling");
  }
  expect(await client.said("select count(*) from standing")).toStartWith("D ");
}

const refused = /^E .*C42501\0/;

interface Session extends AsyncDisposable {
  /** Rows and errors that a statement is answered with. */
  said(text: string): Promise<string>;
}

async function openSession(place: ChaosScene["place"]): Promise<Session> {
  const late = AbortSignal.timeout(longestTurnMs);
  const client = await rawClient(place, { user: "app", database: "shop", application_name: "chaos" });
  late.addEventListener("abort", () => client.socket.destroy());
  return {
    async said(text) {
      const from = client.answers.length;
      const ready = client.answers.filter(({ type }) => type === "Z").length;
      client.send(query(text));
      await client.ready(ready + 1);
      return client.answers
        .slice(from)
        .filter(({ type }) => "DE".includes(type))
        .map(({ type, body }) => `${type} ${body.toString("latin1")}`)
        .join("\n");
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
