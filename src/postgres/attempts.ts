import type { ConnectionSettings, Host } from "./connection-settings.ts";
import type { Attempt } from "./link.ts";

const defaultTimeoutSeconds = 10;

/** Every host, and for each the kinds of encryption that `sslmode` allows, in libpq's order. */
export function* attempts(settings: ConnectionSettings): Generator<Omit<Attempt, "signal">> {
  const seconds = settings.connectTimeoutSeconds ?? defaultTimeoutSeconds;
  const timeoutMs = seconds <= 0 ? 2 ** 31 - 1 : Math.max(seconds, 2) * 1000;
  const hosts = settings.loadBalanceHosts === true ? shuffled(settings.hosts) : settings.hosts;
  for (const host of hosts) {
    for (const encryption of encryptions(settings, host)) {
      yield { host, encryption, timeoutMs };
    }
  }
}

function encryptions(settings: ConnectionSettings, host: Host): readonly Attempt["encryption"][] {
  if (host.host.startsWith("/")) return ["plain"];
  switch (settings.sslmode) {
    case "disable":
      return ["plain"];
    case "allow":
      return ["plain", "tls"];
    case "prefer":
      return ["try", "plain"];
    case "require":
    case "verify-ca":
    case "verify-full":
      return ["tls"];
  }
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((left, right) => left.key - right.key)
    .map(({ item }) => item);
}
