const words: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens there"],
  ["ConnectionRefused", "nothing listens there"],
  ["FailedToOpenSocket", "nothing listens there"],
  ["ENOENT", "there is no such socket"],
  ["ENOTSOCK", "it is no socket"],
  ["EACCES", "you may not connect to it"],
  ["ENOTFOUND", "no address is known of this host"],
  ["EAI_AGAIN", "no address is known of this host now"],
  ["EHOSTUNREACH", "there is no way to this host"],
  ["ENETUNREACH", "there is no way to this host"],
  ["ETIMEDOUT", "it does not answer"],
  ["ECONNRESET", "it closed the connection"],
  ["EPROTO", "it speaks no TLS"],
  ["UnexpectedRedirect", "it sends to another address, which is not followed"],
]);

/** Why a request got no answer, with the system's own code; what the runtime advises its programmers is left out. */
export function whyNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it did not answer in time";
  const code = codeOf(error);
  const known = words.get(code);
  if (known !== undefined) return `${known} (${code})`;
  const [first = ""] = error.message.split(/(?<=[.?!]) /, 1);
  return first.endsWith("?") || first === "" ? code || error.name : first;
}

/** Such as `ECONNREFUSED`; empty where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
