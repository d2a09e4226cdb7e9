/** `/query?q=DROP DATABASE x`, `/?query=DROP%20TABLE+x`, `q=DROP …` as a form: what InfluxDB, ClickHouse and their like are asked over HTTP. */
const asked =
  /(?:^|\/(?:query)?\?(?:[^\s?]*&)?)(?:q|query)=((?:[ +]|%20)*(?:drop|truncate|delete)(?:[ +]|%20)[^&]*)/i;

/** The statement that a URL, or the form of a request, asks a database to run, and where it begins; null when it asks for none that destroys. */
export function queryOfRequest(text: string): { readonly text: string; readonly at: number } | null {
  const match = asked.exec(text);
  const query = match?.[1];
  if (match === null || query === undefined) return null;
  return { text: decode(query), at: match.index + match[0].length - query.length };
}

function decode(query: string): string {
  const spaced = query.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A percent sign that encodes nothing: as it is.
    return spaced;
  }
}
