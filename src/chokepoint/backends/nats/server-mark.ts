import { randomUUID } from "node:crypto";
import { OpsError } from "../../../errors.ts";
import type { Identity } from "../../drop.ts";
import { requireSameServer } from "../../require-same-server.ts";
import type { JetStream } from "./api.ts";
import { findStream, streamInfoSchema } from "./infos.ts";

/** An empty stream of custody's own, in each account and domain that it works on. */
export const markStream = "custody_server";

const words = "custody server ";

/**
 * Which JetStream it is, as far as its data goes: a stream that custody makes once, whose description says it. Server ids are made anew
 * at every start and names come from configurations, while this stream goes where the streams go: through restarts, into backups.
 * Where custody may not make it, the names.
 */
export async function readSystemIdentifier(api: JetStream): Promise<string> {
  const known = await findMark(api);
  if (known !== null) return known;
  return (await makeMark(api)) ?? unmarkedIdentifier(api);
}

/**
 * For what acts: a server that bears no mark is not marked first, since what was decided on bore one.
 *
 * @throws OpsError unsupported-server, and permission-denied where no server was marked when it was decided
 */
export async function requireDecidedServer(api: JetStream, identity: Identity): Promise<void> {
  const found = (await findMark(api)) ?? unmarkedIdentifier(api);
  const wanted = identity.systemIdentifier;
  requireSameServer(
    found,
    identity,
    `; where it is this very server, made anew, say so: a stream ${markStream} with the description ${JSON.stringify(words + wanted.replace(/^nats:/, ""))}`,
  );
  if (isUnmarked(found))
    throw new OpsError(
      "permission-denied",
      `the server bears no mark that tells it from others, and custody could not make the stream ${markStream}`,
      `let custody's user ask $JS.API.STREAM.CREATE.${markStream}: docs/drop-nats.md`,
    );
}

async function findMark(api: JetStream): Promise<string | null> {
  const found = await findStream(api, markStream);
  const { description } = found?.config ?? {};
  return description?.startsWith(words) === true ? `nats:${description.slice(words.length)}` : null;
}

/** Null: custody may not, or the account has no room for it. Of two that make it at once, both get the first one's. */
async function makeMark(api: JetStream): Promise<string | null> {
  const config = {
    name: markStream,
    description: words + randomUUID(),
    subjects: [markStream],
    storage: "file",
    retention: "limits",
    discard: "new",
    max_msgs: 1,
    max_bytes: 1024,
    num_replicas: 1,
  };
  try {
    await api.ask(`STREAM.CREATE.${markStream}`, config, streamInfoSchema);
  } catch (error) {
    if (error instanceof OpsError && error.code === "permission-denied") return null;
    throw error;
  }
  return await findMark(api);
}

const unmarked = "nats:unmarked:";

function unmarkedIdentifier({ connection, domain }: JetStream): string {
  const info = connection.info;
  const named = info?.server_name === info?.server_id ? undefined : info?.server_name;
  return `${unmarked}${info?.cluster ?? named ?? "-"}:${domain ?? "-"}`;
}

function isUnmarked(identifier: string): boolean {
  return identifier.startsWith(unmarked);
}
