import { OpsError } from "../errors.ts";
import { isKeyword } from "./keywords.ts";
import type { Parameters } from "./keywords.ts";

/** Adds one setting; a later one wins, as in libpq. The name is shown in the error only when it looks like one. */
export function setParameter(parameters: Parameters, name: string, value: string): void {
  if (!isKeyword(name)) {
    const shown = /^[a-z][a-z_]{0,39}$/i.test(name) ? ` "${name}"` : "";
    throw new OpsError(
      "bad-usage",
      `the database URL has an unknown parameter${shown}`,
      "use the connection parameters of libpq; characters such as @ : / ? & = in a password must be percent-encoded in a URL, or quoted in key=value form",
    );
  }
  if (value === "") delete parameters[name];
  else parameters[name] = value;
}
