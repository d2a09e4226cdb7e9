import { expect, test } from "bun:test";
import { nameOutdatedCertificates } from "../../src/proxy/name-outdated-certificates.ts";
import { makeWireCertificates } from "../support/wire-certificates.ts";

const { ca, server } = makeWireCertificates();
const hourMs = 3_600_000;

/** What is said so many hours from now. */
function said(hours: number, tls?: { cert: string; key: string; client_ca?: string }): readonly string[] {
  const listener = { name: "pg", target: "t", protocol: "postgres", listen: "127.0.0.1:1" } as const;
  const given = tls === undefined ? listener : { ...listener, tls };
  return [...nameOutdatedCertificates(given, new Date(Date.now() + hours * hourMs))];
}

test("a certificate of this day is told nothing of, and neither is what is none", () => {
  expect(said(0)).toEqual([]);
  expect(said(1, { ...server, client_ca: ca })).toEqual([]);
  expect(said(72, { cert: "junk", key: "junk" })).toEqual([]);
});

test("one of another day is named, with its time", () => {
  expect(said(72, server)).toEqual([
    expect.stringMatching(/^pg: tls\.cert was valid until \d{4}-.*Z: clients/),
  ]);
  expect(said(-72, { ...server, client_ca: ca })).toEqual([
    expect.stringMatching(/^pg: tls\.cert is not valid before /),
    expect.stringMatching(/^pg: tls\.client_ca is not valid before /),
  ]);
});
