import { expect, test } from "bun:test";
import { queryOfRequest } from "../../../src/destruction/sql/query-of-request.ts";

test.each([
  ["q=DROP DATABASE a", "DROP DATABASE a", 2],
  ["http://db:8086/query?db=b&q=drop%20database%20%22a%22&u=c", 'drop database "a"', 28],
  ["/?query=DROP+TABLE+a", "DROP TABLE a", 8],
  ["q=DROP SERIES FROM /100%/", "DROP SERIES FROM /100%/", 2],
])("%p asks %p", (text, query, at) => {
  expect(queryOfRequest(text)).toEqual({ text: query, at });
});

test.each([
  "q=SHOW DATABASES",
  "faq=drop database a",
  "/search?q=drop database a",
  "q=dropbox",
  "DROP DATABASE a",
  "/drop?name=a",
])("%p asks for nothing that destroys", (text) => {
  expect(queryOfRequest(text)).toBeNull();
});
