import { InterruptedError, OpsError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import { parseCheckpoint, parseTreeSize } from "../note/checkpoint.ts";
import { parseNote } from "../note/signed-note.ts";
import { formatSubmission } from "./submission.ts";

export interface SubmitOptions {
  /** The size that this witness is known to have cosigned last; 0 when nothing is known. It tells when that is wrong. */
  readonly oldSize: number;
  /** The proof that the checkpoint extends the tree of this size, RFC 6962 section 2.1.2. Never asked for 0 or the whole size. */
  readonly prove: (oldSize: number) => Promise<readonly Uint8Array[]>;
  readonly signal: AbortSignal;
  /** For each request. */
  readonly timeoutMs: number;
}

/** The first with what is known, the second with what the witness says; a third when another came between. */
const mostAttempts = 3;
const mostAnswerBytes = 65_536;

/**
 * Submits a checkpoint to a witness by https://c2sp.org/tlog-witness and returns its signature lines, each with its newline.
 * None is verified here: `openNote` over the checkpoint with these lines added does that, and ignores those of unknown keys.
 *
 * @param url the witness's submission prefix
 * @param note the signed checkpoint
 * @throws OpsError witness-unreachable; witness-refused; witness-conflict when the witness has cosigned another history of this
 *   origin, or a longer one; bad-input for a URL that is none
 */
export async function submitCheckpoint(
  url: string,
  note: string,
  { oldSize, prove, signal, timeoutMs }: SubmitOptions,
): Promise<readonly string[]> {
  const place = endpointOf(url);
  const { size, origin } = parseCheckpoint(parseNote(note).text);
  let from = Math.min(oldSize, size);
  for (let attempt = 1; ; attempt += 1) {
    const proof = from === 0 || from === size ? [] : await prove(from);
    const answer = await post(place, formatSubmission({ oldSize: from, proof, note }), signal, timeoutMs);
    if (answer.status === 200) return readLines(answer.body, place);
    const known = answer.status === 409 ? readSize(answer) : null;
    if (known === null) throw refusal(answer, place, `${origin} at size ${size}, from ${from}`);
    if (known > size) {
      throw new OpsError(
        "witness-conflict",
        `the witness ${place.shown} has cosigned ${origin} at size ${known} already, and this checkpoint has ${size}`,
        "the chain was cut or restored, or a newer checkpoint was made elsewhere: verify the chain against the newest one",
      );
    }
    if (known === from || attempt === mostAttempts) {
      throw new OpsError(
        "witness-refused",
        `the witness ${place.shown} says each time that it is at another size, now ${known}`,
        "submit the checkpoint again when nobody else submits one of this origin",
      );
    }
    from = known;
  }
}

/** Throws `bad-input` for what is no URL of a witness: before anything is signed that it could not be shown. */
export function requireWitnessUrl(url: string): void {
  endpointOf(url);
}

interface Place {
  readonly href: string;
  /** Without user, password and query. */
  readonly shown: string;
}

interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

function endpointOf(url: string): Place {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new OpsError(
      "bad-input",
      "a witness's URL is none: it must begin with http:// or https://",
      "give its submission prefix, such as https://witness.example.org/",
    );
  }
  const shown = `${parsed.origin}${parsed.pathname}`.replace(/\/$/, "");
  parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/add-checkpoint`;
  return { href: parsed.href, shown };
}

async function post(place: Place, body: string, signal: AbortSignal, timeoutMs: number): Promise<Received> {
  try {
    const response = await fetch(place.href, {
      method: "POST",
      body,
      headers: { "content-type": "text/plain; charset=utf-8" },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      body: await readAtMost(response, mostAnswerBytes),
    };
  } catch (cause) {
    if (signal.aborted) throw new InterruptedError();
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    throw new OpsError(
      "witness-unreachable",
      `cannot reach the witness ${place.shown}: ${isLate ? `no answer within ${timeoutMs / 1000} s` : reasonOf(cause)}`,
      "check its address, and whether it runs; the checkpoint itself can be submitted again",
      { cause },
    );
  }
}

/** What is beyond the limit is not read: nothing that is right is so long. */
async function readAtMost(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString("utf8");
}

/** The size that a conflict names; null when it names none, which is a conflict of roots. */
function readSize({ contentType, body }: Received): number | null {
  return contentType === "text/x.tlog.size" && body.endsWith("\n") ? parseTreeSize(body.slice(0, -1)) : null;
}

function readLines(body: string, place: Place): readonly string[] {
  // Signature lines are those of a note: under a text they make one, and nothing else may stand between.
  const lines = body
    .split("\n")
    .slice(0, -1)
    .map((line) => `${line}\n`);
  try {
    if (parseNote(`text\n\n${body}`).signatures.length === lines.length) return lines;
  } catch (cause) {
    if (!(cause instanceof OpsError)) throw cause;
  }
  throw new OpsError(
    "witness-refused",
    `the witness ${place.shown} answers with no cosignature: ${show(body)}`,
    "check that the URL is a witness's submission prefix",
  );
}

function refusal({ status, body }: Received, place: Place, what: string): OpsError {
  const isConflict = status === 409 || status === 422;
  const code: ErrorCode = isConflict ? "witness-conflict" : "witness-refused";
  return new OpsError(
    code,
    `the witness ${place.shown} does not cosign ${what} (HTTP ${status}): ${show(body)}`,
    isConflict ? "verify the chain: the witness has seen another history of it" : hintOf(status),
  );
}

function hintOf(status: number): string {
  switch (status) {
    case 403:
    case 404:
      return "the witness's operator must trust your key for this origin: send them FILE.pub";
    default:
      return status >= 500
        ? "ask the witness's operator; the checkpoint itself can be submitted again"
        : "check that the URL is a witness's submission prefix";
  }
}

/** The first line of an answer, of which nothing is to be trusted. */
function show(body: string): string {
  return JSON.stringify((body.split("\n", 1)[0] ?? "").slice(0, 200));
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? String(cause.code) : cause.name;
}
