import { expect, test } from "bun:test";
import { readNatsUrl } from "../../../../src/chokepoint/backends/nats/connection-options.ts";

test("hosts, login and domain are read", () => {
  expect(readNatsUrl("nats://u:p%40s@a:4222,b:4223?domain=hub", "t")).toEqual({
    options: { servers: ["a:4222", "b:4223"], user: "u", pass: "p@s" },
    apiPrefix: "$JS.hub.API",
    domain: "hub",
  });
  expect(readNatsUrl("nats://tok%2Fen@a", "t").options).toEqual({ servers: ["a"], token: "tok/en" });
  expect(readNatsUrl(`tls://a:1/?ca=${import.meta.path}`, "t").options).toEqual({
    servers: ["a:1"],
    tls: { caFile: import.meta.path },
  });
});

test.each([
  ["postgres://u:secret@h", "it is not nats://"],
  ["nats://u:secret@h?jwt=secret", "it has a parameter jwt"],
  ["nats://u:secret@h?domain=a.>", "its domain is not"],
])("%s is refused without what it holds", (url, why) => {
  expect(() => readNatsUrl(url, "queues")).toThrow(why);
  try {
    readNatsUrl(url, "queues");
  } catch (error) {
    expect(String(error)).not.toContain("secret");
  }
});
