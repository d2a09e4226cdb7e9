import type { NewEvent } from "../../audit/append-events.ts";
import { OpsError } from "../../errors.ts";

/** A little more than the chain takes, so that its own limit is what is reported. */
const maxDetailsBytes = 2 * 1024 * 1024;

interface Given {
  readonly actor: string;
  readonly actorType: string;
  readonly action: string;
  /** TYPE/ID; further slashes belong to the id. */
  readonly resource: string;
  readonly category: string | undefined;
  /** JSON, or `-` for standard input. */
  readonly details: string | undefined;
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
}

/** Makes an event of what the command line says. Throws `bad-usage` or `bad-input`. */
export async function readEvent(given: Given, openStdin: () => AsyncIterable<Uint8Array>): Promise<NewEvent> {
  const slash = given.resource.indexOf("/");
  if (slash < 1 || slash === given.resource.length - 1) {
    throw new OpsError(
      "bad-usage",
      `--resource is no TYPE/ID: ${given.resource}`,
      "write what kind of thing it is, a slash, and its id: --resource certificate/mc-17",
    );
  }
  const details = given.details === "-" ? await readAll(openStdin()) : given.details;
  if (details !== undefined) refuseNoJson(details);
  return {
    actor: given.actor,
    actorType: given.actorType,
    action: given.action,
    resourceType: given.resource.slice(0, slash),
    resourceId: given.resource.slice(slash + 1),
    ...(details === undefined ? {} : { details }),
    ...(given.category === undefined ? {} : { category: given.category }),
    ...(given.id === undefined ? {} : { id: given.id }),
    ...(given.timestamp === undefined ? {} : { timestamp: given.timestamp }),
  };
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > maxDetailsBytes) {
      throw new OpsError(
        "bad-input",
        `details from standard input are more than ${maxDetailsBytes} bytes`,
        "an event holds at most 1 MiB of details: keep the rest elsewhere, and its digest here",
      );
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new OpsError(
      "bad-input",
      "details from standard input are no valid UTF-8",
      "what is not text cannot stand in JSON: encode it, in base64 for example",
      { cause: error },
    );
  }
}

/** The server would say so too, but in the middle of a transaction and without naming the flag. */
function refuseNoJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new OpsError(
      "bad-input",
      `--details is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      `write an object, such as --details '{"reason": "expired"}', or - to read it from standard input`,
    );
  }
}
