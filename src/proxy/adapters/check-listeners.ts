import { judge } from "../../chokepoint/configuration-problems.ts";
import type { ConfigurationProblem } from "../../chokepoint/configuration-problems.ts";
import { parsePlace, showPlace } from "../../config/listen-place.ts";
import type { ListenPlace } from "../../config/listen-place.ts";
import type { ListenerSection } from "../../config/listener-schema.ts";
import type { ConfigFile } from "../../config/schema.ts";
import { OpsError } from "../../errors.ts";
import { requireSocketPlace } from "../../run/require-socket-place.ts";
import { nameOutdatedCertificates } from "../name-outdated-certificates.ts";
import { nameWhatIsOpen } from "../name-what-is-open.ts";
import { serverTlsOf } from "./server-tls-of.ts";

/** What was found of the section `listeners`, without a question to any server. */
export interface CheckedListeners {
  readonly problems: readonly ConfigurationProblem[];
  /** What is left open, one line each, for people. */
  readonly open: readonly string[];
}

/** Judges all that the schema cannot: files, folders, and places that are one. */
export async function checkListeners({ listeners = [], http }: ConfigFile): Promise<CheckedListeners> {
  const taken = http?.listen === undefined ? [] : [{ name: "http", place: parsePlace(http.listen) }];
  const places = listeners.map(({ name, listen }) => ({ name, place: parsePlace(listen) }));
  const problems = await Promise.all(
    listeners.map((listener, index) => judgeListener(listener, [...taken, ...places.slice(0, index)])),
  );
  const now = new Date();
  const open = listeners.flatMap((each) => [...nameWhatIsOpen(each), ...nameOutdatedCertificates(each, now)]);
  return { problems: problems.flat(), open };
}

async function judgeListener(
  listener: ListenerSection,
  before: readonly { readonly name: string; readonly place: ListenPlace }[],
): Promise<readonly ConfigurationProblem[]> {
  const { name, listen } = listener;
  const place = parsePlace(listen);
  const found = await Promise.all([
    judge(`${name}.tls`, async () => serverTlsOf(listener)),
    judge("", async () => {
      if (place.kind === "unix") requireSocketPlace(place.path, `${name}.listen`);
    }),
    judge(`${name}.listen`, async () => {
      const rival = before.find((each) => areOne(each.place, place));
      if (rival === undefined) return;
      throw new OpsError(
        "bad-config",
        `${showPlace(place)} is where ${rival.name} listens`,
        "give each listener an address of its own",
      );
    }),
  ]);
  return found.flat();
}

/** Port 0 is another each time. */
function areOne(one: ListenPlace, other: ListenPlace): boolean {
  if (one.kind === "unix" || other.kind === "unix")
    return one.kind === other.kind && showPlace(one) === showPlace(other);
  if (one.port !== other.port || one.port === 0) return false;
  const [first, second] = [canonical(one.host), canonical(other.host)];
  return first === second || anywhere.has(first) || anywhere.has(second);
}

const anywhere: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

function canonical(host: string): string {
  return host.toLowerCase() === "localhost" ? "127.0.0.1" : host.toLowerCase();
}
