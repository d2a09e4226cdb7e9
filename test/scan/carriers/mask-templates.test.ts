import { expect, test } from "bun:test";
import { scanMarked } from "../../support/marked-sources.ts";

test.each([
  "{% if both %}\nREASSIGN OWNED BY {{ a }} TO {{ b }}\n{% else %}\nDROP OWNED BY {{ a }}{% if all %} CASCADE{% endif %} # @finds owned\n{% endif %}\n",
  "{% if role %}\nDROP ROLE {{ a }}; # @finds role\n{%- else -%}\nDROP SCHEMA {{ a }}; # @finds schema\n{% endif %}\n",
  "SELECT 1\n{% else %}\nFROM dropped\n{% endif %}\n",
])("branches of a template of SQL: %p", async (source) => {
  for (const name of ["a.sql", "a.sql.j2"]) {
    const { found, expected } = await scanMarked({ [name]: source });
    expect(found).toEqual([...expected]);
  }
});
