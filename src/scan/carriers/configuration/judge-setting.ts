import type { Destruction } from "../../../destruction/destruction.ts";
import type { DestructionKind } from "../../../destruction/kinds.ts";

/** Settings at whose value a framework drops things when it starts; names without dashes and underscores, in lower case. */
const settings: readonly { readonly name: RegExp; readonly value: RegExp; readonly kind: DestructionKind }[] =
  [
    {
      name: /(?:hibernate\.ddlauto|hbm2ddl\.auto|jpa\.ddlauto)$/,
      value: /^(?:create|create-drop)$/i,
      kind: "table",
    },
    {
      name: /(?:database|schemamanagement)\.(?:generation|strategy)$/,
      value: /^(?:drop-and-create|drop|create-drop)$/i,
      kind: "table",
    },
    { name: /schemageneration\.database\.action$/, value: /^(?:drop|drop-and-create)$/i, kind: "table" },
    { name: /schemagenerate$/, value: /^create_drop$/i, kind: "table" },
    {
      name: /flyway\.(?:.*\.)?(?:cleanonvalidationerror|cleanatstart|cleanonvalidate)$/,
      value: /^true$/i,
      kind: "schema",
    },
    { name: /liquibase\.(?:.*\.)?(?:dropfirst|cleanatstart)$/, value: /^true$/i, kind: "schema" },
    { name: /(?:^|\.)dropschema$/, value: /^true$/i, kind: "server" },
  ];

/** A setting by its whole name (`spring.jpa.hibernate.ddl-auto`) that makes a framework drop what it finds. Null for any other. */
export function judgeSetting(
  name: string,
  value: string | null,
  at: number,
): Omit<Destruction, "certainty"> | null {
  if (value === null || value.length > 40) return null;
  const bare = name.replaceAll(/[-_]/g, "").toLowerCase();
  const setting = settings.find((one) => one.name.test(bare) && one.value.test(value.trim()));
  if (setting === undefined) return null;
  return {
    kind: setting.kind,
    what: `${name.split(".").slice(-2).join(".")}: ${value.trim()}`,
    names: [],
    at,
  };
}
