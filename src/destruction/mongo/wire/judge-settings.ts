import type { Element } from "../../../wire/mongo/bson.ts";
import { elementsIn, find, textOf } from "../../../wire/mongo/bson.ts";
import type { Judged } from "./judge-command.ts";

/** Parameters that record or guard. */
const guards = /^(?:audit|enableTestCommands|authenticationMechanisms|authorization|tlsMode|sslMode)/;
/** Fields of updateUser that decide whether, and for what, the user is of use. */
const ofUse: ReadonlySet<string> = new Set(["pwd", "roles", "mechanisms", "authenticationRestrictions"]);

/** Commands that change what is there: what documents live, who may log in, what is recorded. */
export function judgeSettings(name: string, value: Element | null, body: Element): readonly Judged[] {
  const target = textOf(value);
  const names = target === null ? [] : [target];
  const fields = [...elementsIn(body)];
  switch (name) {
    case "updateUser":
      return fields.some((each) => ofUse.has(each.name)) ? [{ kind: "functional", what: name, names }] : [];
    case "setParameter": {
      const set = fields.filter((each) => guards.test(each.name)).map((each) => each.name);
      return set.length === 0 ? [] : [{ kind: "disarming", what: name, names: set }];
    }
    case "collMod": {
      const found: Judged[] = [];
      if (expires(body) || expires(find(body, "index"))) found.push(expiry(name, names));
      const isCapped = fields.some((each) => each.name === "cappedSize" || each.name === "cappedMax");
      if (isCapped) found.push({ kind: "collection", what: "collMod capped", names, certainty: "likely" });
      return found;
    }
    default: {
      const indexes = find(body, "indexes");
      return indexes !== null && [...elementsIn(indexes)].some(expires) ? [expiry(name, names)] : [];
    }
  }
}

function expires(value: Element | null): boolean {
  return find(value, "expireAfterSeconds") !== null;
}

/** An index that lets documents expire deletes whatever is old enough: it may be all. */
function expiry(name: string, names: readonly string[]): Judged {
  return { kind: "unbounded-delete", what: `${name} expireAfterSeconds`, names, certainty: "likely" };
}
