import { z } from "zod";
import { OpsError } from "../errors.ts";

const server = z.strictObject({
  /** A libpq URI, a key=value string or `env`. Holds secrets. */
  dbUrl: z.string(),
  /** Null: the role of the URL. */
  proxyRole: z.string().nullable(),
  tenants: z.string(),
  admins: z.array(z.string()),
  protectedSchemas: z.array(z.string()),
  /** Where the proxy connects from: a CIDR; null: any address. */
  proxyAddress: z.string().nullable(),
});

/** What `custody lockdown` is asked to close. */
export const lockdownInput = z.strictObject({
  mode: z.enum(["print", "check", "apply"]),
  servers: z.array(server),
  /** Lines for what is no PostgreSQL: printed, never applied. */
  others: z.array(z.strictObject({ title: z.string(), lines: z.array(z.string()) })),
});

export type LockdownInput = z.infer<typeof lockdownInput>;
export type LockdownServer = z.infer<typeof server>;

/** The provisioner's own names. */
export const usualTenants = "^(db|dedicated_db|usr|dedicated_usr)_";

/** Throws `bad-usage` for a pattern that is none. */
export function requirePattern(pattern: string): string {
  try {
    void new RegExp(pattern);
    return pattern;
  } catch (cause) {
    throw new OpsError(
      "bad-usage",
      `--tenants ${pattern} is no regular expression`,
      "give one that matches the names of tenants' databases and roles",
      { cause },
    );
  }
}

/** An address with its mask, as pg_hba.conf takes it. Throws `bad-usage`. */
export function requireAddress(address: string): string {
  const isAddress =
    /^[0-9.]+\/\d{1,2}$|^[0-9a-fA-F:.]+\/\d{1,3}$|^[a-zA-Z0-9.-]*[a-zA-Z][a-zA-Z0-9.-]*$/.test(address);
  if (isAddress) return address;
  throw new OpsError(
    "bad-usage",
    `--proxy-address ${address} is no address`,
    "give an address with its mask (10.0.0.5/32) or a host's name",
  );
}
