import { createHash, timingSafeEqual } from "node:crypto";

/** An answer of HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request, as far as an answer depends on it; `path` is without its query. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** By their paths. */
export type Pages = Readonly<Record<string, () => Answer>>;

/** Answers with one of the pages. With a token nothing is said before it is shown; null asks nobody. */
export function answerRequest(
  { method, path, authorization }: Asked,
  pages: Pages,
  token: string | null,
): Answer {
  if (token !== null && !isBearer(authorization, token)) {
    return { ...plain(401, "a token is asked for"), headers: { ...text, "www-authenticate": "Bearer" } };
  }
  if (method !== "GET" && method !== "HEAD") {
    return { ...plain(405, "only GET"), headers: { ...text, allow: "GET, HEAD" } };
  }
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  return page?.() ?? plain(404, `there are ${listOf(Object.keys(pages))}`);
}

const text = { "content-type": "text/plain; charset=utf-8" };

/** A line of text. */
export function plain(status: number, line: string): Answer {
  return { status, headers: text, body: `${line}\n` };
}

/** The text format of Prometheus. */
export function exposition(body: string): Answer {
  return { status: 200, headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" }, body };
}

function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Digests are compared: they are of one length, and take one time. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1] ?? "";
  const digest = (each: string): Buffer => createHash("sha256").update(each).digest();
  return timingSafeEqual(digest(given), digest(token));
}
