import type { ChainProfile, ProfilePayload } from "./profile.ts";

/** What no verifier of rows that are joined by a separator can see; nothing for those with a length before each field. */
export function separatorLimit({ name, row }: ChainProfile): readonly string[] {
  if (!("separator" in row)) return [];
  const others = losesEra(row)
    ? ", nor that NULL became an empty text, or a year AD the same year BC"
    : ", nor that NULL became an empty text";
  return [
    `the profile ${name} joins fields by ${JSON.stringify(row.separator)}: text that was moved across it from one field to the next cannot be seen${others}`,
  ];
}

/** Whether a time is hashed as text that has the same year for AD and BC. */
export function losesEra({ fields }: ProfilePayload): boolean {
  return fields.some((each) => "column" in each && each.as === "utc-micros");
}
