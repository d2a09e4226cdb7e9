import { createAddressSet } from "../../config/address-block.ts";
import type { ListenerSection } from "../../config/listener-schema.ts";

/** Who may come in through a listener, defaults filled in. Names are final ones; null: any. */
export interface GatePolicy {
  readonly deniedRoles: ReadonlySet<string>;
  readonly allowedRoles: ReadonlySet<string> | null;
  readonly deniedAddresses: AddressSet;
  readonly allowedAddresses: AddressSet | null;
  readonly deniedDatabases: ReadonlySet<string>;
  readonly allowedDatabases: ReadonlySet<string> | null;
  /** Common names of subjects. */
  readonly allowedCertificates: ReadonlySet<string> | null;
  readonly isCertificateRequired: boolean;
  readonly isReplicationAllowed: boolean;
  readonly areSuperusersAllowed: boolean;
}

interface AddressSet {
  has(host: string): boolean;
}

export function readGatePolicy({ gate = {} }: Pick<ListenerSection, "gate">): GatePolicy {
  return {
    deniedRoles: new Set(gate.denied_roles),
    allowedRoles: setOf(gate.allowed_roles),
    deniedAddresses: createAddressSet(gate.denied_addresses ?? []),
    allowedAddresses: gate.allowed_addresses === undefined ? null : createAddressSet(gate.allowed_addresses),
    deniedDatabases: new Set(gate.denied_databases),
    allowedDatabases: setOf(gate.allowed_databases),
    allowedCertificates: setOf(gate.allowed_certificates),
    isCertificateRequired: gate.require_certificate ?? false,
    isReplicationAllowed: gate.replication === "allow",
    areSuperusersAllowed: gate.superusers !== "deny",
  };
}

/** Whether it matters who a role is beside its name: then nobody comes in of whom that cannot be known. */
export function asksForRoles({ deniedRoles, allowedRoles, areSuperusersAllowed }: GatePolicy): boolean {
  return deniedRoles.size > 0 || allowedRoles !== null || !areSuperusersAllowed;
}

function setOf(names: readonly string[] | undefined): ReadonlySet<string> | null {
  return names === undefined ? null : new Set(names);
}
