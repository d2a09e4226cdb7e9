/**
 * Blanks what looks like a password in a text that echoes what the user wrote: `user:…@` of a URL, `password=…` of a
 * DSN or a query. The last line of defence: messages are not to hold secrets in the first place.
 */
export function redactSecrets(text: string): string {
  return text
    .replaceAll(/(:\/\/[^\s/?#@:]*):[^\s/]*@/g, "$1:***@")
    .replaceAll(/\b(password|passwd|sslpassword|token)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)/gi, "$1$2***");
}
