import { expect, test } from "bun:test";
import { openMongoSession } from "../../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { memoryConnection } from "../../../support/memory-connection.ts";
import { message, query } from "../../../support/mongo-message.ts";
import { wireContext } from "../../../support/scripted-decider.ts";
import { toldDecider } from "../../../support/wire-decider.ts";

type Step = readonly ["say", Buffer] | readonly ["answer", number, object];

const say = (body: object, id: number): Step => ["say", message({ ...body, $db: "admin" }, { id })];
const start = (user: string, id: number): Step =>
  say({ saslStart: 1, mechanism: "SCRAM-SHA-256", payload: Buffer.from(`n,,n=${user},r=x`) }, id);
const goOn = (id: number): Step =>
  say({ saslContinue: 1, conversationId: 1, payload: Buffer.from("c=,r=x,p=x") }, id);
const notYet = { conversationId: 1, done: false, payload: Buffer.from("r=xy"), ok: 1 };
const done = { conversationId: 1, done: true, payload: Buffer.from("v=x"), ok: 1 };
const failed = { ok: 0, code: 18, errmsg: "Authentication failed." };
const loggedIn = (user: string, id = 10): readonly Step[] => [
  start(user, id),
  ["answer", id, notYet],
  goOn(id + 1),
  ["answer", id + 1, done],
];
const hello = (id: number, user = "boss"): Step =>
  say(
    {
      hello: 1,
      speculativeAuthenticate: {
        saslStart: 1,
        mechanism: "SCRAM-SHA-256",
        payload: Buffer.from(`n,,n=${user},r=x`),
        db: "admin",
      },
    },
    id,
  );
const certificate = say({ authenticate: 1, mechanism: "MONGODB-X509", user: "CN=boss" }, 10);

/** Whether a drop after these steps is told to be of somebody whom the server has let in. */
async function isProvedAfter(steps: readonly Step[]): Promise<boolean> {
  const client = memoryConnection();
  const server = memoryConnection();
  const decider = toldDecider(() => "refuse");
  const session = openMongoSession(
    client,
    wireContext(() => Promise.resolve(server), { decider }),
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  for (const [what, first, body] of [...steps, say({ dropDatabase: 1 }, 99)] as const) {
    if (what === "say") client.say(first);
    else {
      const answer = message(body);
      answer.writeInt32LE(first, 8);
      server.say(answer);
    }
    await settle();
  }
  session.destroy();
  await session.closed;
  expect(decider.sightings.length).toBeGreaterThan(0);
  return decider.sightings.at(-1)?.isUnproved !== true;
}

test.each<[string, boolean, readonly Step[]]>([
  ["nobody is named", true, [say({ ping: 1 }, 1)]],
  ["a name and no answer", false, [start("boss", 10)]],
  ["half of a login", false, [start("boss", 10), ["answer", 10, notYet]]],
  ["a login", true, loggedIn("boss")],
  ["a wrong password", false, [start("boss", 10), ["answer", 10, notYet], goOn(11), ["answer", 11, failed]]],
  ["somebody else after a login", false, [...loggedIn("app"), start("boss", 20), ["answer", 20, notYet]]],
  ["somebody else who fails", false, [...loggedIn("app"), start("boss", 20), ["answer", 20, failed]]],
  ["a second login", true, [...loggedIn("app"), ...loggedIn("boss", 20)]],
  ["a logout", false, [...loggedIn("boss"), say({ logout: 1 }, 30), ["answer", 30, { ok: 1 }]]],
  [
    "an answer to a login that was overtaken by another name",
    false,
    [start("app", 10), ["answer", 10, notYet], goOn(11), start("boss", 12), ["answer", 11, done]],
  ],
  [
    "the number of a login used again for another name",
    false,
    [start("app", 10), ["answer", 10, notYet], goOn(11), start("boss", 12), goOn(11), ["answer", 11, done]],
  ],
  ["an answer to something else with the number of a login", false, [certificate, ["answer", 10, { ok: 1 }]]],
  [
    "a login in a message of before 3.6, whose answer might be taken for another's",
    false,
    [["say", query("admin.$cmd", { saslContinue: 1, conversationId: 1 })], ...loggedIn("boss")],
  ],
  ["a hello that logs in", true, [hello(10), ["answer", 10, { ok: 1, speculativeAuthenticate: done }]]],
  ["a hello that begins to", false, [hello(10), ["answer", 10, { ok: 1, speculativeAuthenticate: notYet }]]],
  ["a hello that does not", false, [hello(10), ["answer", 10, { ok: 1 }]]],
  [
    "a hello that begins to, and the rest",
    true,
    [hello(10), ["answer", 10, { ok: 1, speculativeAuthenticate: notYet }], goOn(11), ["answer", 11, done]],
  ],
  ["a certificate", true, [certificate, ["answer", 10, { ok: 1, dbname: "$external", user: "CN=boss" }]]],
  [
    "a certificate that is refused",
    false,
    [certificate, ["answer", 10, { ...failed, user: "CN=boss", dbname: "x" }]],
  ],
])("%s: %p", async (_name, isProved, steps) => {
  expect(await isProvedAfter(steps)).toBe(isProved);
});
