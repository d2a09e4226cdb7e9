/**
 * The first host of a URL or of a `key=value` DSN, without its port and without anything secret; null where it names none (a Unix socket
 * of the default folder, a target without a URL).
 */
export function hostOf(url: string): string | null {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1];
  const named = /(?:^|[\s?&])host=(?:'([^']*)'|([^\s&']*))/i.exec(url);
  const given = authority === undefined || authority === "" ? (named?.[1] ?? named?.[2] ?? "") : authority;
  const [first = ""] = decode(given).split(",");
  const host = first.startsWith("[") ? (/^\[[^\]]*\]/.exec(first)?.[0] ?? "") : first.replace(/:\d*$/, "");
  return host === "" ? null : host;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign stands for itself.
    return text;
  }
}
