import { join, resolve } from "node:path";
import type { TargetSection } from "../config/target-schema.ts";
import { parts } from "./resource.ts";
import type { Part } from "./resource.ts";
import type { TargetPolicy } from "./target-policy.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** The names that the provisioner gives, and every target starts with (notes: identity guard on the final names). */
const usual: Readonly<Partial<Record<Part, string>>> = {
  database: "^(db|dedicated_db|ded)_[A-Za-z0-9._-]+$",
  role: "^(usr|dedicated_usr|ded)_[A-Za-z0-9._-]+$",
  schema: "^(db|ded)_[A-Za-z0-9._-]+$",
  user: "^(usr|dedicated_usr|ded)_[A-Za-z0-9._-]+$",
  // A prefix without its separator is also that of whoever's name begins with it.
  keys: "^[A-Za-z0-9._-]+:$",
};

/** The policy of one target, defaults filled in; paths are relative to the configuration's folder. */
export function readPolicy(
  section: TargetSection,
  place: { readonly folder: string; readonly stateDir: string },
): TargetPolicy {
  const { names, tombstone, approval, breaker, terminality, command } = section;
  const retentionMs = tombstone?.retention ?? 30 * day;
  return {
    name: section.name,
    kind: section.kind,
    placement: section.placement,
    url: section.url ?? "",
    names: {
      patterns: { ...usual, ...pick(names ?? {}) },
      reserved: names?.reserved ?? [],
      fromToken: pick(names?.from_token ?? {}),
    },
    intent: {
      isRequired: section.intent?.required ?? false,
      longestMs: section.intent?.longest ?? null,
    },
    terminality:
      terminality === undefined
        ? null
        : {
            url: terminality.url,
            query: terminality.query,
            terminal: terminality.terminal,
            timeoutMs: terminality.timeout ?? 5000,
          },
    tombstone: {
      mode: tombstone?.mode ?? "required",
      retentionMs,
      keepMs: Math.max(tombstone?.keep ?? retentionMs, retentionMs),
      dir:
        tombstone?.dir === undefined
          ? join(place.stateDir, "tombstones")
          : resolve(place.folder, tombstone.dir),
      recipients: tombstone?.recipients ?? [],
      identities: tombstone?.identities ?? [],
      asSuperuser: tombstone?.as_superuser ?? false,
    },
    approval: {
      default: approval?.default ?? "hold",
      hold: approval?.hold ?? [],
      deny: approval?.deny ?? [],
      approvers: approval?.approvers ?? 1,
      expiresMs: approval?.expires ?? 4 * 60 * minute,
    },
    breaker: {
      failures: breaker?.failures ?? 5,
      cooldownMs: breaker?.cooldown ?? 30_000,
      volume: { drops: breaker?.volume?.drops ?? 20, perMs: breaker?.volume?.per ?? 60 * minute },
    },
    command:
      command === undefined
        ? null
        : {
            inspect: command.inspect,
            destroy: command.destroy,
            dump: command.dump ?? null,
            prove: command.prove ?? null,
            restore: command.restore ?? null,
            deadlineMs: command.deadline ?? 10 * minute,
          },
  };
}

function pick(given: Readonly<Record<string, unknown>>): Partial<Record<Part, string>> {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const value = given[part];
      return typeof value === "string" ? [[part, value]] : [];
    }),
  );
}
