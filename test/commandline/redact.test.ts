import { expect, test } from "bun:test";
import { redactSecrets } from "../../src/commandline/redact.ts";

test.each([
  ["postgres://u:s3cret@h:5432/db", "postgres://u:***@h:5432/db"],
  ["postgres://u:p@ss@h/db", "postgres://u:***@h/db"],
  ["no postgres://u@h/db here", "no postgres://u@h/db here"],
  ["host=h password=s3cret user=u", "host=h password=*** user=u"],
  ["password = 's3 c\\'ret' user=u", "password = *** user=u"],
  ["postgres://h/db?password=s3cret&sslmode=require", "postgres://h/db?password=***&sslmode=require"],
])("%s", (text, redacted) => expect(redactSecrets(text)).toBe(redacted));
