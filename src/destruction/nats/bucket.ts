/** Stands before a bucket's subjects where its stream is in another domain. */
const domain = /^\$JS\.[^.]+\.API\./;

/**
 * Whether a subject is one entry of a key-value bucket or one piece of an object: what its store's own clients purge whenever an entry is purged, or an
 * object written anew. `stream`: the stream it must be in; null for whichever.
 */
export function isEntry(subject: string, stream: string | null): boolean {
  if (/[*>]/.test(subject)) return false;
  const [store, bucket, ...rest] = subject.replace(domain, "").split(".");
  if (bucket === undefined || bucket === "" || rest.length === 0 || rest.includes("")) return false;
  if (store === "$KV") return stream === null || stream === `KV_${bucket}`;
  return store === "$O" && rest.length === 2 && (stream === null || stream === `OBJ_${bucket}`);
}

/** The stream of a bucket's subject; none of a subject that may be any stream's. */
export function bucketOf(subject: string): readonly string[] {
  const [store, bucket = ""] = subject.replace(domain, "").split(".");
  if (bucket === "") return [];
  if (store === "$KV") return [`KV_${bucket}`];
  return store === "$O" ? [`OBJ_${bucket}`] : [];
}
