/** What a request can end with, beside an answer; the last word of `type`. */
const titles = {
  "bad-cursor": [422, "The cursor is not one of ours"],
  conflict: [409, "It stands where this cannot be done"],
  forbidden: [403, "This caller may not do that"],
  invalid: [422, "The request is not right"],
  malformed: [400, "This is no right HTTP request"],
  "method-not-allowed": [405, "There is no such method here"],
  "not-found": [404, "There is no such thing"],
  "request-conflict": [409, "This request_id was used for something else"],
  "too-large": [413, "The body is too large"],
  "too-many-requests": [429, "Too many requests"],
  unauthorized: [401, "Nobody is known by these credentials"],
  unavailable: [503, "It cannot be recorded or decided now"],
  "unsupported-media-type": [415, "The body must be application/json"],
  bug: [500, "Something broke inside of custody"],
} as const;

export type ProblemCode = keyof typeof titles;

interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document (RFC 9457 section 3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A request that ends in an error document. `detail` is for people, and holds no secret. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.options = options;
  }
}

/** `application/problem+json`, https://www.rfc-editor.org/rfc/rfc9457 */
export function answerProblem({ code, message, options }: Problem): Response {
  const [status, title] = titles[code];
  const document = {
    type: `urn:custody:problem:${code}`,
    title,
    status,
    detail: message,
    ...options.members,
  };
  return new Response(`${JSON.stringify(document)}\n`, {
    status,
    headers: { "content-type": "application/problem+json", ...options.headers },
  });
}

export function answerJson(
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(document)}\n`, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
