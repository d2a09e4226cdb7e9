import { isLoopback, parsePlace, showPlace } from "../config/listen-place.ts";
import type { ListenerSection } from "../config/listener-schema.ts";
import { asksForRoles, readGatePolicy } from "./gate/gate-policy.ts";
import { nameWhatNeverHappens } from "./policy/name-what-never-happens.ts";

/** What a listener's configuration leaves open that protects, or says in vain: one line each, told at every start. Pure. */
export function nameWhatIsOpen(listener: ListenerSection): readonly string[] {
  return [...ofPlace(listener), ...ofGate(listener), ...ofPolicy(listener)].map(
    (line) => `${listener.name}: ${line}`,
  );
}

function* ofPlace({ listen, tls, authentication, socket_mode: mode }: ListenerSection): Generator<string> {
  const place = parsePlace(listen);
  const isFar = !isLoopback(place);
  if (isFar && tls === undefined)
    yield `${showPlace(place)} has no tls: passwords and data cross the network in clear`;
  if (isFar && tls !== undefined && tls.required !== true)
    yield "tls.required is off: a client may come in clear from another machine";
  if (isFar && authentication === "server")
    yield "authentication is the server's: it must ask everybody who connects from custody's address who they are (pg_hba.conf: no trust)";
  if (mode !== undefined && /[2367]$/.test(mode))
    yield `socket_mode ${mode}: everybody on this machine may connect`;
}

function* ofGate(listener: ListenerSection): Generator<string> {
  const policy = readGatePolicy(listener);
  const { protocol } = listener;
  if (!asksForRoles(policy))
    yield "gate.denied_roles is empty: every role may log in, those in charge of the server, too";
  else if (protocol === "postgres" && policy.areSuperusersAllowed && policy.allowedRoles === null)
    yield "gate.superusers is not deny: a superuser that gate.denied_roles does not name may log in";
  if (policy.isReplicationAllowed)
    yield "gate.replication is allow: such connections copy everything, and take SQL as well";
}

function* ofPolicy({ protocol, policy = [] }: ListenerSection): Generator<string> {
  for (const [index, rule] of policy.entries()) {
    if (rule.action === "pass" && (rule.kinds === undefined || rule.kinds.includes("opaque")))
      yield `policy[${index}] lets pass what cannot be known: what it destroys is not recorded`;
  }
  yield* nameWhatNeverHappens(protocol, policy);
}
